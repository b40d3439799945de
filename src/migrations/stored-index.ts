import { twinOf } from './asked-columns.js';
import type { NamedTable } from './arguments.js';
import { quotedName, quotedTable } from './quoted-table.js';
import type { Relation } from './relation.js';
import { SchemaChangeError } from './schema-change.js';
import { rows, run, serverRows, type Step, undone } from './step.js';
import { storedColumns } from './stored-columns.js';

/** An index as the database describes it. */
export interface StoredIndex {
  /** From its method on, with UNIQUE before it; names of index and table left out. */
  readonly definition: string;
  /** False for what a CREATE INDEX CONCURRENTLY that failed has left: PostgreSQL keeps it up to date and never uses it. */
  readonly isValid: boolean;
}

/** @throws SchemaChangeError where an index of another table has the name */
export async function storedIndex(step: Step, relation: Relation, name: string): Promise<StoredIndex | undefined> {
  const { sql, values } = questionFor(step, relation, name);
  const [found] = await rows<{ table: string; definition: string | null }>(step, sql, values);
  if (found === undefined) return undefined;
  if (found.table !== relation.name) {
    throw new SchemaChangeError(
      `index "${name}" on "${relation.name}"`,
      `"${found.table}" has an index of this name`,
      'Choose another name.',
    );
  }
  return { definition: comparable(step, found.definition ?? ''), isValid: await isValid(step, relation, name) };
}

/** The definition that the database would give to an index: it is made on an empty table of the same columns, read and taken back. */
export async function askedDefinition(
  step: Step,
  { named, relation }: { named: NamedTable; relation: Relation },
  indexSql: (table: NamedTable['forSequelize'], index: string) => string,
): Promise<string> {
  const columns = await storedColumns(step, relation);
  const twin = twinOf(named, relation);
  return await undone(step, async (inner) => {
    const list = columns.map(({ name, declared }) => `${quotedName(name)} ${declared}`).join(', ');
    await run(inner, `CREATE TABLE ${quotedTable(inner, twin.relation)} (${list})`);
    await run(inner, indexSql(twin.forSequelize, 'sr_index'));
    return (await storedIndex(inner, twin.relation, 'sr_index'))?.definition ?? '';
  });
}

function questionFor({ engine }: Step, { schema }: Relation, name: string) {
  return engine === 'sqlite'
    ? {
        sql: `SELECT tbl_name AS "table", sql AS definition FROM sqlite_master WHERE type = 'index' AND name = :name COLLATE NOCASE`,
        values: { name },
      }
    : {
        sql: 'SELECT tablename AS "table", indexdef AS definition FROM pg_indexes WHERE schemaname = :schema AND indexname = :name',
        values: { schema, name },
      };
}

async function isValid(step: Step, { schema }: Relation, name: string): Promise<boolean> {
  if (step.engine !== 'postgres') return true;
  const [found] = await serverRows<{ isValid: boolean }>(
    step,
    `SELECT i.indisvalid AS "isValid" FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  return found?.isValid !== false;
}

const NAME = '(?:`[^`]*`|"(?:[^"]|"")*"|\\[[^\\]]*\\]|[\\w$]+)';
const BEGINNING = new RegExp(`^CREATE\\s+(UNIQUE\\s+)?INDEX\\s+(?:${NAME}\\s+)?ON\\s+(?:ONLY\\s+)?${NAME}(?:\\.${NAME})?\\s*`, 'i');

function comparable({ engine }: Step, definition: string): string {
  const rest = definition.replace(BEGINNING, (_, unique: string | undefined) => (unique === undefined ? '' : 'UNIQUE '));
  // SQLite keeps a definition as it was written, and quotes a column that is renamed in its own way.
  return engine === 'sqlite' ? rest.replaceAll('`', '"') : rest;
}
