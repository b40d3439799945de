import { UnsupportedOnFallbackError } from '../../errors.js';
import { indexedDocument } from '../translate/full-text.js';
import { quoteName, quoteText } from '../translate/quote.js';
import { translateViewText } from '../translate/stand-alone.js';
import type { EnumType } from '../types/pg-type.js';
import type { IndexDefinition, TableDefinition } from './catalog.js';
import { queryName } from './query-name.js';
import type { SqlSession } from './session.js';
import { createStoredIndex, dropStoredIndex, indexSql, redefineTable } from './storage.js';
import type { StoredCatalog } from './stored-catalog.js';
import { nameList } from './table-sql.js';

/** An enum's change: SQLite's schema holds the labels in their order, in CHECKs, indexes and views. */
export interface EnumChange {
  readonly type: EnumType;
  readonly before: StoredCatalog;
  readonly after: StoredCatalog;
  /** The relations whose definitions may hold labels. */
  readonly relations: readonly TableDefinition[];
}

/** Makes anew what holds the enum's labels; `changeRows` is done in between. Answers the catalog with what became of the indexes. */
export async function redefineWithEnum(session: SqlSession, change: EnumChange, changeRows: () => Promise<void>): Promise<StoredCatalog> {
  const { after, relations } = change;
  const tables = relations.filter(({ kind }) => kind !== 'view');
  const views = await changedViews(session, change);
  const indexes = tables.flatMap((table) => changedIndexes(table, change));
  for (const index of indexes) await dropStoredIndex(session, index);
  for (const table of tables) await redefineTable(session, table, after);
  await changeRows();
  for (const { name, sql } of views) {
    await session.run(`DROP VIEW ${quoteName(name)}`);
    await session.run(sql);
  }
  let catalog = after;
  for (const table of tables) {
    const made: IndexDefinition[] = [];
    for (const index of table.indexes) made.push(indexes.includes(index) ? await createStoredIndex(session, index, table, after) : index);
    catalog = catalog.withTables({ ...table, indexes: made });
  }
  return catalog;
}

/** The indexes whose conditions or expressions hold labels. */
function changedIndexes(table: TableDefinition, { before, after }: EnumChange): IndexDefinition[] {
  const old = before.table([table.schema, table.name]) ?? table;
  return table.indexes.filter((index) => {
    const { storedName } = index;
    if (storedName === undefined || indexedDocument(index) !== undefined) return false;
    return indexSql({ ...index, storedName }, old, before) !== indexSql({ ...index, storedName }, table, after);
  });
}

interface ChangedView {
  readonly name: string;
  readonly sql: string;
}

async function changedViews(session: SqlSession, change: EnumChange): Promise<ChangedView[]> {
  const changed: ChangedView[] = [];
  for (const view of change.relations) {
    if (view.select === undefined) continue;
    const name = view.kind === 'materialized view' ? queryName(view) : view.storedName;
    const [row] = await session.all("SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?1", [name]);
    const stored = String(row?.['sql']);
    if (!holdsLabel(stored, change.type)) continue;
    const sql = viewSql(view, name, change.after);
    // SQLite's own text follows renamed tables and columns, PostgreSQL's as it was written does not.
    if (sql === undefined || viewSql(view, name, change.before) !== stored) throw unknownView(view);
    if (sql !== stored) changed.push({ name, sql });
  }
  return changed;
}

/** As a text, or within the text of a JSON list. */
const holdsLabel = (sql: string, { labels }: EnumType): boolean =>
  labels.some((label) => sql.includes(quoteText(label)) || sql.includes(JSON.stringify(label).replaceAll("'", "''")));

function viewSql({ columns, select = '' }: TableDefinition, name: string, catalog: StoredCatalog): string | undefined {
  try {
    const names = nameList(columns.map((column) => column.name));
    return `CREATE VIEW ${quoteName(name)} (${names}) AS ${translateViewText(select, catalog).sql}`;
  } catch {
    // A table or column of it has another name by now.
    return undefined;
  }
}

const unknownView = ({ kind, name }: TableDefinition): UnsupportedOnFallbackError =>
  new UnsupportedOnFallbackError(
    `ALTER TYPE … of an enum whose labels the ${kind} ${name} compares, since a table or column that it reads was changed`,
    'Drop the view first, and make it anew afterwards.',
  );
