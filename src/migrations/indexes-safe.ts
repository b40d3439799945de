import type { IndexesOptions, QueryInterface, TableName } from 'sequelize';
import { ConfigurationError, UnsupportedOnFallbackError } from '../index.js';
import { checkName, checkQueryInterface, checkWord, namedTable, type NamedTable, shownValue } from './arguments.js';
import type { MigrationEngine } from './engine-of.js';
import { classOf } from './generator.js';
import { quotedName } from './quoted-table.js';
import { existingTable, type Relation, relationOf } from './relation.js';
import { type DifferenceOptions, done, judged, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { inStep, outsideOfTransactions, run, type Step, type StepOptions } from './step.js';
import { askedDefinition, storedIndex } from './stored-index.js';
import { without } from './without.js';

/** What an index is on: a column's name, a column with its order and more, or an expression. */
export type IndexField = NonNullable<IndexesOptions['fields']>[number];

/** As Sequelize's addIndex takes them. */
export interface AddIndexSafeOptions extends Omit<IndexesOptions, 'fields'>, StepOptions, DifferenceOptions {
  /**
   * What becomes of a method that SQLite lacks (gin, gist, spgist, brin): a B-tree of the same columns, nothing, or an error.
   *
   * @default on a handle's fallback the definition is kept in its catalog, so that both databases' schemas are the same, and nothing is stored;
   * on plain SQLite 'btree'
   */
  fallback?: 'btree' | 'skip' | 'error';
}

/**
 * Adds an index, unless one of its name is there. That one is compared: columns, expressions, order, method, uniqueness, condition.
 *
 * Partial (`where`) and functional indexes (`fields: [fn('lower', col('email'))]`, which need a `name`) are possible on each engine; with
 * `concurrently` PostgreSQL builds it outside of a transaction. Resolves to `created`, `exists`, `skipped`, or `changed` where one that differed
 * (with `onDifference: 'change'`) or was left unfinished by a failed concurrent build was made anew.
 *
 * @throws DefinitionDifferenceError with `onDifference: 'error'`
 * @throws SchemaChangeError where there is no such table, an index of another table has the name, or one that differs would be changed
 * `concurrently`
 * @throws UnsupportedOnFallbackError on a handle's fallback with `fallback: 'error'`, and for expressions that it has no rule for
 */
export async function addIndexSafe(
  queryInterface: QueryInterface,
  table: TableName,
  fields: readonly IndexField[],
  options: AddIndexSafeOptions = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  checkWord('onDifference', options.onDifference, ['report', 'error', 'change']);
  checkWord('fallback', options.fallback, ['btree', 'skip', 'error']);
  const named = namedTable(table);
  const name = indexName(queryInterface, named, fields, options.name);
  const index: Index = { named, name, fields, options, subject: `index "${name}" on ${named.shown}` };
  const found = await inStep(queryInterface, options, (step) => lookedAt(step, index));
  if ('change' in found) return found.change;
  // PostgreSQL builds concurrently only outside of a transaction.
  const step = outsideOfTransactions(queryInterface, options);
  await run(step, createSql(step, index, found.plan)(named.forSequelize, name));
  return done(found.did, index.subject, found.plan.details);
}

interface Index {
  readonly named: NamedTable;
  readonly name: string;
  readonly fields: readonly IndexField[];
  readonly options: AddIndexSafeOptions;
  readonly subject: string;
}

/** How an index is made on the engine. */
interface Plan {
  readonly isPlain: boolean;
  readonly details: readonly string[];
}

type Looked = { readonly change: SchemaChange } | { readonly did: 'created' | 'changed'; readonly plan: Plan };

/** Does all but a concurrent build, which it leaves. */
async function lookedAt(step: Step, index: Index): Promise<Looked> {
  const { named, name, subject, options } = index;
  const plan = planFor(step.engine, index);
  if (plan === undefined) return { change: done('skipped', subject, [`this database has no ${String(options.using)} indexes`]) };
  const relation = await existingTable(step, named, subject);
  const before = await comparison(step, relation, index, plan);
  if (before !== 'absent' && before !== 'replace') return { change: before };
  if (before === 'replace') await run(step, dropSql(step, relation, name));
  const did = before === 'absent' ? 'created' : 'changed';
  if (isConcurrent(step, options)) return { did, plan };
  await run(step, createSql(step, index, plan)(named.forSequelize, name));
  return { change: done(did, subject, plan.details) };
}

async function comparison(step: Step, relation: Relation, index: Index, plan: Plan): Promise<SchemaChange | 'absent' | 'replace'> {
  const { named, name, subject, options } = index;
  const stored = await storedIndex(step, relation, name);
  if (stored === undefined) return 'absent';
  if (!stored.isValid) return 'replace';
  const create = createSql(step, { ...index, options: { ...options, concurrently: false } }, plan);
  const asked = await askedDefinition(step, { named, relation }, create);
  if (asked === stored.definition) return done('exists', subject);
  if (options.onDifference === 'change') {
    if (!isConcurrent(step, options)) return 'replace';
    throw new SchemaChangeError(
      subject,
      'it is there and differs, and a concurrent build that fails would leave neither the old index nor the new one',
      'Call removeIndexSafe() and then addIndexSafe(), pass another name, or leave concurrently out.',
    );
  }
  const difference = { name, aspect: 'definition', stored: stored.definition, asked } as const;
  return judged({ did: 'exists', subject, details: [], differences: [difference] }, options);
}

/** @throws ConfigurationError for a concurrent build within a transaction, as PostgreSQL has none */
function isConcurrent({ engine, isWithinAnother }: Step, { concurrently }: AddIndexSafeOptions): boolean {
  if (concurrently !== true || engine === 'sqlite') return false;
  if (isWithinAnother) throw new ConfigurationError('concurrently', 'is not possible within a transaction', 'a transaction');
  return true;
}

const OF_POSTGRES = ['gin', 'gist', 'spgist', 'brin'];

function planFor(engine: MigrationEngine, { options: { using, fallback }, subject }: Index): Plan | undefined {
  const method = (using ?? 'btree').toLowerCase();
  if (engine === 'postgres' || !OF_POSTGRES.includes(method)) return { isPlain: engine === 'sqlite', details: [] };
  if (fallback === 'skip') return undefined;
  if (fallback === 'error') throw refusal(engine, method, subject);
  if (fallback === 'btree' || engine === 'sqlite') return { isPlain: true, details: [`a B-tree instead of ${method}`] };
  return { isPlain: false, details: [`kept as ${method} in the catalog; nothing is stored for it`] };
}

function refusal(engine: MigrationEngine, method: string, subject: string): Error {
  const workaround = "Pass fallback: 'btree' or 'skip'.";
  return engine === 'fallback'
    ? new UnsupportedOnFallbackError(`An index with the method ${method}`, workaround, subject)
    : new SchemaChangeError(subject, `SQLite has no ${method} indexes`, workaround);
}

/** The statement for a table and a name. A plain index has no method and no operator classes. */
function createSql({ generator }: Step, { fields, options }: Index, { isPlain }: Plan) {
  const { using, operator } = options;
  const rest = without(options, ['fallback', 'onDifference', 'logger', 'transaction', 'logging', 'using', 'operator']);
  const own = fields.map((field) => (isColumn(field) ? columnField(field, isPlain) : field));
  const method = isPlain ? {} : { ...(using !== undefined && { using }), ...(operator !== undefined && { operator }) };
  return (table: NamedTable['forSequelize'], name: string): string =>
    generator.addIndexQuery(table, { ...rest, ...method, name, fields: own }, table);
}

type ColumnField = Readonly<Record<string, unknown>>;

const isColumn = (field: IndexField): boolean => typeof field === 'object' && ('name' in field || 'attribute' in field);

function columnField(field: IndexField, isPlain: boolean): ColumnField {
  const { operator, ...column } = field as ColumnField;
  return isPlain || operator === undefined ? column : { ...column, operator };
}

/** As Sequelize names indexes (lib/utils.js, nameIndex() of sequelize 6.37.8), so that its removeIndex finds them by their fields. */
function indexName({ sequelize }: QueryInterface, { name: table }: NamedTable, fields: unknown, given: unknown): string {
  if (!Array.isArray(fields) || fields.length === 0)
    throw new ConfigurationError('fields', 'must be an array with a column or more', shownValue(fields));
  for (const column of fields.map(columnOf)) if (column !== undefined) checkName('fields', column);
  if (given !== undefined) {
    checkName('options.name', given);
    return given;
  }
  const names = fields.map((field: unknown) => {
    const column = columnOf(field);
    if (column === undefined)
      throw new ConfigurationError('options.name', 'must be given for an index on an expression', shownValue(given));
    return column;
  });
  const name = classOf(sequelize).Utils.underscore(`${table}_${names.join('_')}`);
  if (Buffer.byteLength(name) > 63)
    throw new ConfigurationError('options.name', `must be given: '${name}' is longer than the 63 bytes that PostgreSQL keeps`);
  return name;
}

/** The column that an index is on; none of an expression. */
function columnOf(field: unknown): string | undefined {
  const { name, attribute } = typeof field === 'object' && field !== null ? (field as ColumnField) : { name: field };
  const column = name ?? attribute;
  return typeof column === 'string' ? column : undefined;
}

/**
 * Removes an index by its name, or by the fields that Sequelize would name it after.
 *
 * Resolves to `removed`, or `absent` where there is no such index or table.
 *
 * @param options `concurrently`: as PostgreSQL's, outside of a transaction
 * @throws SchemaChangeError where it is the index of another table
 */
export async function removeIndexSafe(
  queryInterface: QueryInterface,
  table: TableName,
  nameOrFields: string | readonly string[],
  options: StepOptions & { concurrently?: boolean } = {},
): Promise<SchemaChange> {
  checkQueryInterface(queryInterface);
  const named = namedTable(table);
  const name = typeof nameOrFields === 'string' ? nameOrFields : indexName(queryInterface, named, nameOrFields, undefined);
  checkName('index', name);
  const subject = `index "${name}" on ${named.shown}`;
  const found = await inStep(queryInterface, options, async (step) => {
    const relation = await relationOf(step, named);
    if (relation.kind === undefined || (await storedIndex(step, relation, name)) === undefined) return { change: done('absent', subject) };
    if (isConcurrent(step, options)) return { relation };
    await run(step, dropSql(step, relation, name));
    return { change: done('removed', subject) };
  });
  if (found.relation === undefined) return found.change;
  const step = outsideOfTransactions(queryInterface, options);
  await run(step, dropSql(step, found.relation, name, 'CONCURRENTLY '));
  return done('removed', subject);
}

const dropSql = ({ engine }: Step, { schema }: Relation, name: string, concurrently = ''): string =>
  `DROP INDEX ${concurrently}${engine === 'sqlite' ? '' : `${quotedName(schema)}.`}${quotedName(name)}`;
