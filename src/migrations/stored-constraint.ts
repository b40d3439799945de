import type { Relation } from './relation.js';
import { rows, serverRows, type Step } from './step.js';

/** A foreign key's way to its parent. */
export interface Reference {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly onUpdate: string;
  readonly onDelete: string;
}

/** A constraint of a table. */
export interface StoredConstraint {
  readonly type: 'PRIMARY KEY' | 'UNIQUE' | 'FOREIGN KEY' | 'CHECK' | 'EXCLUDE';
  readonly columns: readonly string[];
  readonly reference?: Reference;
  /** Of a CHECK, as the database prints it. */
  readonly condition?: string;
  /** `DEFERRABLE`, `DEFERRABLE INITIALLY DEFERRED` or empty. */
  readonly deferral: string;
}

/** The constraint in words that can be compared. */
export function constraintText({ type, columns, reference, condition, deferral }: StoredConstraint): string {
  const what = type === 'CHECK' ? `CHECK ${condition ?? ''}` : `${type} (${columns.join(', ')})`;
  const to = reference && ` REFERENCES ${reference.schema}.${reference.table} (${reference.columns.join(', ')})`;
  const rules = reference && ` ON UPDATE ${reference.onUpdate} ON DELETE ${reference.onDelete}`;
  return `${what}${to ?? ''}${rules ?? ''}${deferral === '' ? '' : ` ${deferral}`}`;
}

/** Reads a constraint of PostgreSQL or of a handle's fallback. */
export async function storedConstraint(step: Step, relation: Relation, name: string): Promise<StoredConstraint | undefined> {
  return step.engine === 'postgres' ? await ofPostgres(step, relation, name) : await ofFallback(step, relation, name);
}

/** pg_constraint's letters. */
const TYPES = { p: 'PRIMARY KEY', u: 'UNIQUE', f: 'FOREIGN KEY', c: 'CHECK', x: 'EXCLUDE' } as const;
const RULES: Readonly<Record<string, string>> = { a: 'NO ACTION', r: 'RESTRICT', c: 'CASCADE', n: 'SET NULL', d: 'SET DEFAULT' };

interface ConstraintRow {
  type: keyof typeof TYPES;
  columns: string[] | null;
  schema: string | null;
  table: string | null;
  parents: string[] | null;
  onUpdate: string;
  onDelete: string;
  isDeferrable: boolean;
  isDeferred: boolean;
  definition: string;
}

const names = (table: string, numbers: string): string =>
  `(SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(${numbers}) WITH ORDINALITY AS k (number, place)
      JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number)`;

async function ofPostgres(step: Step, { schema, name: table }: Relation, name: string): Promise<StoredConstraint | undefined> {
  const [found] = await serverRows<ConstraintRow>(
    step,
    `SELECT c.contype AS type, ${names('c.conrelid', 'c.conkey')} AS columns, pn.nspname AS schema, p.relname AS "table",
        ${names('c.confrelid', 'c.confkey')} AS parents, c.confupdtype AS "onUpdate", c.confdeltype AS "onDelete",
        c.condeferrable AS "isDeferrable", c.condeferred AS "isDeferred", pg_get_constraintdef(c.oid) AS definition
      FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        LEFT JOIN pg_class p ON p.oid = c.confrelid LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
      WHERE n.nspname = $1 AND t.relname = $2 AND c.conname = $3`,
    [schema, table, name],
  );
  if (found === undefined) return undefined;
  const { parents, onUpdate, onDelete, isDeferrable, isDeferred } = found;
  return {
    type: TYPES[found.type],
    columns: found.columns ?? [],
    deferral: deferral(isDeferrable, isDeferred),
    condition: found.definition.replace(/^CHECK /, ''),
    ...(found.table !== null && {
      reference: {
        schema: found.schema ?? '',
        table: found.table,
        columns: parents ?? [],
        onUpdate: RULES[onUpdate] ?? '',
        onDelete: RULES[onDelete] ?? '',
      },
    }),
  };
}

const deferral = (isDeferrable: boolean, isDeferred: boolean): string =>
  !isDeferrable ? '' : isDeferred ? 'DEFERRABLE INITIALLY DEFERRED' : 'DEFERRABLE';

const OF_TABLE = 'constraint_schema = :schema AND table_name = :table AND constraint_name = :name';

async function ofFallback(step: Step, { schema, name: table }: Relation, name: string): Promise<StoredConstraint | undefined> {
  const place = { schema, table, name };
  const [found] = await rows<{ type: StoredConstraint['type']; deferrable: string; deferred: string }>(
    step,
    `SELECT constraint_type AS type, is_deferrable AS deferrable, initially_deferred AS deferred
      FROM information_schema.table_constraints WHERE ${OF_TABLE}`,
    place,
  );
  if (found === undefined) return undefined;
  const columns = await rows<{ name: string }>(
    step,
    `SELECT column_name AS name FROM information_schema.key_column_usage WHERE ${OF_TABLE} ORDER BY ordinal_position`,
    place,
  );
  const base = {
    type: found.type,
    columns: columns.map((column) => column.name),
    deferral: deferral(found.deferrable === 'YES', found.deferred === 'YES'),
  };
  if (found.type === 'FOREIGN KEY') return { ...base, reference: await referenceOfFallback(step, schema, name) };
  return found.type === 'CHECK' ? { ...base, condition: await conditionOfFallback(step, schema, name) } : base;
}

async function referenceOfFallback(step: Step, schema: string, name: string): Promise<Reference> {
  const parents = await rows<{ schema: string; table: string; column: string }>(
    step,
    `SELECT table_schema AS schema, table_name AS "table", column_name AS "column"
      FROM information_schema.constraint_column_usage WHERE constraint_schema = :schema AND constraint_name = :name`,
    { schema, name },
  );
  const [rules] = await rows<{ onUpdate: string; onDelete: string }>(
    step,
    `SELECT update_rule AS "onUpdate", delete_rule AS "onDelete"
      FROM information_schema.referential_constraints WHERE constraint_schema = :schema AND constraint_name = :name`,
    { schema, name },
  );
  const [first] = parents;
  return {
    schema: first?.schema ?? '',
    table: first?.table ?? '',
    columns: parents.map(({ column }) => column),
    onUpdate: rules?.onUpdate ?? '',
    onDelete: rules?.onDelete ?? '',
  };
}

async function conditionOfFallback(step: Step, schema: string, name: string): Promise<string> {
  const [found] = await rows<{ condition: string }>(
    step,
    `SELECT check_clause AS condition FROM information_schema.check_constraints WHERE constraint_schema = :schema AND constraint_name = :name`,
    { schema, name },
  );
  return found?.condition ?? '';
}
