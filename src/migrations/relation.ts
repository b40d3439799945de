import type { NamedTable } from './arguments.js';
import { SchemaChangeError } from './schema-change.js';
import { rows, type Step } from './step.js';

/** What the database has under a table's name. */
export interface Relation {
  /** undefined where there is nothing. */
  readonly kind: 'table' | 'other' | undefined;
  /** The schema that it is in or would be made in; empty on plain SQLite. */
  readonly schema: string;
  /** Its name there: plain SQLite has no schemas, and Sequelize puts them before the name. */
  readonly name: string;
}

/** Looks for a table. */
export async function relationOf(step: Step, table: NamedTable): Promise<Relation> {
  return step.engine === 'sqlite' ? await relationOfSqlite(step, table) : await relationOfPostgres(step, table);
}

/** The table, which must be there. */
export async function existingTable(step: Step, table: NamedTable, subject: string): Promise<Relation> {
  const relation = await relationOf(step, table);
  if (relation.kind === undefined) {
    throw new SchemaChangeError(subject, `there is no table ${table.shown}`, 'Create the table first, in this migration or one before it.');
  }
  refuseOther(relation, table, subject);
  return relation;
}

/** @throws SchemaChangeError where something else than a table has its name */
export function refuseOther({ kind }: Relation, { shown }: NamedTable, subject: string): void {
  if (kind === 'other') throw new SchemaChangeError(subject, `${shown} is a view, an index or a sequence`, 'Choose another name.');
}

async function relationOfPostgres(step: Step, { name, schema }: NamedTable): Promise<Relation> {
  const [current] = schema === undefined ? await rows<{ schema: string | null }>(step, 'SELECT current_schema() AS schema') : [{ schema }];
  const within = current?.schema ?? 'public';
  const [found] = await rows<{ kind: string }>(
    step,
    'SELECT c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :within AND c.relname = :name',
    { within, name },
  );
  const kind = found === undefined ? undefined : ['r', 'p', 'f'].includes(found.kind) ? 'table' : 'other';
  return { kind, schema: within, name };
}

async function relationOfSqlite(step: Step, { name, schema }: NamedTable): Promise<Relation> {
  const stored = schema === undefined ? name : `${schema}.${name}`;
  const [found] = await rows<{ kind: string }>(step, 'SELECT type AS kind FROM sqlite_master WHERE name = :stored COLLATE NOCASE', {
    stored,
  });
  const kind = found === undefined ? undefined : found.kind === 'table' ? 'table' : 'other';
  return { kind, schema: '', name: stored };
}
