import type { AddConstraintOptions, QueryInterface, TableName } from 'sequelize';
import { ConfigurationError } from '../index.js';
import { checkName, checkQueryInterface, checkWord, namedTable, type NamedTable, shownValue } from './arguments.js';
import { addIndexSafe, removeIndexSafe } from './indexes-safe.js';
import { engineOf } from './engine-of.js';
import { quotedName, quotedTable } from './quoted-table.js';
import { existingTable, type Relation, relationOf } from './relation.js';
import { type DifferenceOptions, done, judged, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { inStep, rows, run, type Step, type StepOptions, undone } from './step.js';
import { twinOf } from './asked-columns.js';
import { storedColumns } from './stored-columns.js';
import { without } from './without.js';
import { constraintText, storedConstraint, type StoredConstraint } from './stored-constraint.js';

/** As Sequelize's addConstraint takes them; the name is needed, as it is what the constraint is found by. */
export type AddConstraintSafeOptions = AddConstraintOptions &
  StepOptions &
  DifferenceOptions & {
    name: string;
    /** What becomes on plain SQLite of a constraint that is no UNIQUE: it takes none on a table that is there. @default 'error' */
    fallback?: 'skip' | 'error';
  };

/**
 * Adds a constraint (unique, check, primary key, foreign key), unless one of its name is there. That one is compared: type, columns, reference,
 * rules, condition.
 *
 * Resolves to `created`, `exists`, `skipped`, or, with `onDifference: 'change'`, `changed`: it is dropped and added anew. On plain SQLite
 * a UNIQUE constraint is a unique index.
 *
 * @throws DefinitionDifferenceError with `onDifference: 'error'`
 * @throws SchemaChangeError where there is no such table, and on plain SQLite for other constraints than UNIQUE
 */
export async function addConstraintSafe(
  queryInterface: QueryInterface,
  table: TableName,
  options: AddConstraintSafeOptions,
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  const constraint = checkedConstraint(table, options);
  if (engineOf(queryInterface) === 'sqlite') return await addOnSqlite(queryInterface, table, constraint);
  return await inStep(queryInterface, options, async (step) => {
    const { named, name, subject } = constraint;
    const relation = await existingTable(step, named, subject);
    const stored = await storedConstraint(step, relation, name);
    if (stored !== undefined) {
      const [before, asked] = [constraintText(stored), constraintText(await askedConstraint(step, relation, constraint))];
      if (before === asked) return done('exists', subject);
      if (options.onDifference !== 'change') {
        const difference = { name, aspect: 'definition', stored: before, asked } as const;
        return judged({ did: 'exists', subject, details: [], differences: [difference] }, options);
      }
      await run(step, dropSql(step, relation, name));
    }
    await run(step, addSql(step, constraint, named.forSequelize, name));
    return done(stored === undefined ? 'created' : 'changed', subject);
  });
}

interface Constraint {
  readonly named: NamedTable;
  readonly name: string;
  readonly type: 'UNIQUE' | 'PRIMARY KEY' | 'FOREIGN KEY' | 'CHECK';
  readonly fields: readonly string[];
  readonly options: AddConstraintSafeOptions;
  readonly subject: string;
}

const TYPES = ['UNIQUE', 'PRIMARY KEY', 'FOREIGN KEY', 'CHECK'] as const;

function checkedConstraint(table: TableName, options: AddConstraintSafeOptions): Constraint {
  const named = namedTable(table);
  const { name, fields } = options;
  checkName('options.name', name);
  checkWord('onDifference', options.onDifference, ['report', 'error', 'change']);
  checkWord('fallback', options.fallback, ['skip', 'error']);
  const given: unknown = options.type;
  const type = TYPES.find((each) => typeof given === 'string' && each === given.toUpperCase());
  if (type === undefined)
    throw new ConfigurationError('options.type', 'must be unique, check, primary key or foreign key', shownValue(given));
  if (!Array.isArray(fields)) throw new ConfigurationError('options.fields', 'must be an array of columns', shownValue(fields));
  for (const field of fields) checkName('options.fields', field);
  return { named, name, type, fields, options, subject: `constraint "${name}" on ${named.shown}` };
}

/** Sequelize takes the options apart and changes some. */
function addSql({ generator }: Step, { options }: Constraint, table: NamedTable['forSequelize'], name: string): string {
  const own = without(options, ['onDifference', 'logger', 'transaction', 'logging', 'fallback']);
  return generator.addConstraintQuery(table, { ...own, fields: [...options.fields], name });
}

const dropSql = (step: Step, relation: Relation, name: string): string =>
  `ALTER TABLE ${quotedTable(step, relation)} DROP CONSTRAINT ${quotedName(name)}`;

/** The constraint as the database would describe it. A foreign key is not tried out: it would lock the table that it leads to. */
async function askedConstraint(step: Step, relation: Relation, constraint: Constraint): Promise<StoredConstraint> {
  const { type, fields, options, named } = constraint;
  if (type === 'CHECK') return await askedCheck(step, relation, constraint);
  const [deferral = ''] = /(?<!NOT )DEFERRABLE(?: INITIALLY DEFERRED)?/.exec(addSql(step, constraint, named.forSequelize, '')) ?? [];
  const base = { type, columns: fields, deferral };
  if (!('references' in options)) return base;
  const { table, ...key } = options.references;
  const parent = await relationOf(step, namedTable(table));
  const columns = 'fields' in key ? (key.fields as string[]) : [key.field];
  const rule = (text: unknown) => (typeof text === 'string' && text !== '' ? text.toUpperCase() : 'NO ACTION');
  const [onUpdate, onDelete] = [rule(options.onUpdate), rule(options.onDelete)];
  return { ...base, reference: { schema: parent.schema, table: parent.name, columns, onUpdate, onDelete } };
}

async function askedCheck(step: Step, relation: Relation, constraint: Constraint): Promise<StoredConstraint> {
  const columns = await storedColumns(step, relation);
  const twin = twinOf(constraint.named, relation);
  return await undone(step, async (inner) => {
    const list = columns.map(({ name, declared }) => `${quotedName(name)} ${declared}`).join(', ');
    await run(inner, `CREATE TABLE ${quotedTable(inner, twin.relation)} (${list})`);
    await run(inner, addSql(inner, constraint, twin.forSequelize, 'sr_check'));
    return (await storedConstraint(inner, twin.relation, 'sr_check')) ?? { type: 'CHECK', columns: [], deferral: '' };
  });
}

async function addOnSqlite(queryInterface: QueryInterface, table: TableName, constraint: Constraint): Promise<SchemaChange> {
  const { type, options, subject, name, fields } = constraint;
  const { fallback = 'error', onDifference, logger, transaction, logging } = options;
  if (type === 'UNIQUE') {
    const own = Object.entries({ onDifference, logger, transaction, logging }).filter(([, value]) => value !== undefined);
    const change = await addIndexSafe(queryInterface, table, fields, { ...Object.fromEntries(own), name, unique: true });
    return { ...change, subject, details: [...change.details, 'as a unique index'] };
  }
  if (fallback === 'skip') return done('skipped', subject, [`SQLite adds no ${type} to a table that is there`]);
  const remedy = "Say it in createTableSafe() (references, primaryKey), or pass fallback: 'skip'.";
  throw new SchemaChangeError(subject, `SQLite adds no ${type} to a table that is there`, remedy);
}

/**
 * Removes a constraint by its name.
 *
 * Resolves to `removed`, or `absent` where there is no such constraint or table.
 *
 * @throws SchemaChangeError on plain SQLite for what is part of the table's own definition
 */
export async function removeConstraintSafe(
  queryInterface: QueryInterface,
  table: TableName,
  name: string,
  options: StepOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkName('constraint', name);
  const named = namedTable(table);
  const subject = `constraint "${name}" on ${named.shown}`;
  if (engineOf(queryInterface) === 'sqlite') {
    const { did } = await removeIndexSafe(queryInterface, table, name, options);
    if (did === 'absent') await inStep(queryInterface, options, (step) => refuseOwn(step, named, name, subject));
    return done(did, subject);
  }
  return await inStep(queryInterface, options, async (step) => {
    const relation = await relationOf(step, named);
    const stored = relation.kind === 'table' ? await storedConstraint(step, relation, name) : undefined;
    if (stored === undefined) return done('absent', subject);
    await run(step, dropSql(step, relation, name));
    return done('removed', subject);
  });
}

async function refuseOwn(step: Step, named: NamedTable, constraint: string, subject: string): Promise<void> {
  const { name } = await relationOf(step, named);
  const [{ sql } = { sql: '' }] = await rows<{ sql: string }>(step, 'SELECT sql FROM sqlite_master WHERE name = :name COLLATE NOCASE', {
    name,
  });
  const isNamed =
    ['`', '"'].some((quote) => sql.includes(`CONSTRAINT ${quote}${constraint}${quote}`)) || sql.includes(`CONSTRAINT ${constraint} `);
  if (isNamed) throw new SchemaChangeError(subject, "it is part of the table's definition", 'Create the table anew without it.');
}
