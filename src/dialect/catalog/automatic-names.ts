import { PgError } from '../pg-error.js';
import type { KeyDefinition, TableDefinition } from './catalog.js';
import type { StoredCatalog } from './stored-catalog.js';

/** NAMEDATALEN - 1 of PostgreSQL. */
const LONGEST_NAME = 63;

/** Every name that a table, view, index or sequence of the schema has: they share one name space. */
export function relationNames(catalog: StoredCatalog, schema: string): Set<string> {
  const names = new Set<string>();
  for (const table of catalog.tables()) {
    if (table.schema !== schema) continue;
    for (const name of [table.name, ...indexNames(table), ...sequenceNames(table)]) names.add(name);
  }
  return names;
}

/** The keys of a table that are unique: the primary one first. */
export const keysOf = (table: TableDefinition): readonly KeyDefinition[] => [
  ...(table.primaryKey ? [table.primaryKey] : []),
  ...table.uniques,
];
const indexNames = (table: TableDefinition): string[] => [...keysOf(table), ...table.indexes].map(({ name }) => name);
const sequenceNames = (table: TableDefinition): string[] => table.columns.flatMap(({ sequence }) => sequence ?? []);

/** Every name that a constraint of the table has. */
export function constraintNames(table: TableDefinition): Set<string> {
  return new Set([...keysOf(table), ...table.foreignKeys, ...table.checks].map(({ name }) => name));
}

/** PostgreSQL's ChooseRelationName: `users_email_key`, with a number behind where that is taken. */
export function automaticName(parts: { table: string; columns: readonly string[]; label: string }, taken: ReadonlySet<string>): string {
  const addition = parts.columns.join('_');
  for (let pass = 0; ; pass += 1) {
    const name = objectName(parts.table, addition, pass === 0 ? parts.label : `${parts.label}${pass}`);
    if (!taken.has(name)) return name;
  }
}

/** PostgreSQL's makeObjectName: the longer of the two parts is cut first. */
function objectName(first: string, second: string, label: string): string {
  const overhead = Buffer.byteLength(label) + 1 + (second === '' ? 0 : 1);
  let firstLength = Buffer.byteLength(first);
  let secondLength = Buffer.byteLength(second);
  while (firstLength + secondLength > LONGEST_NAME - overhead) {
    if (firstLength > secondLength) firstLength -= 1;
    else secondLength -= 1;
  }
  return [clipped(first, firstLength), clipped(second, secondLength), label].filter((part) => part !== '').join('_');
}

/** The beginning of a text that has at most so many bytes, without half a character. */
function clipped(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}

/** Names that SQLite and this library keep for themselves. */
const RESERVED = /^(?:sqlite_|sequelize_resilient_)/i;

/** Gives out names of one schema, PostgreSQL's and SQLite's, so that none is given twice. */
export class Namer {
  readonly #schema: string;
  readonly #relations: Set<string>;
  readonly #stored: Set<string>;

  constructor(catalog: StoredCatalog, schema: string) {
    this.#schema = schema;
    this.#relations = relationNames(catalog, schema);
    this.#stored = storedNames(catalog);
  }

  /** Takes the name of a table, view, index or sequence. @throws PgError where the schema has one of the name. */
  take(name: string): string {
    if (this.#relations.has(name)) throw new PgError('42P07', `relation "${name}" already exists`);
    this.#relations.add(name);
    return name;
  }

  /** A free name for a table, view, index or sequence, made as PostgreSQL makes it. */
  automatic(table: string, columns: readonly string[], label: string): string {
    return this.take(automaticName({ table, columns, label }, this.#relations));
  }

  /**
   * A free name for SQLite, which has one name space for all and does not tell upper from lower case. `own` begins the names of tables that
   * are none of the program's.
   */
  stored(name: string, own = ''): string {
    const wanted = own + (this.#schema === 'public' ? name : `${this.#schema}.${name}`);
    const first = own === '' && RESERVED.test(wanted) ? `~${wanted}` : wanted;
    for (let pass = 1; ; pass += 1) {
      const stored = pass === 1 ? first : `${first}~${pass}`;
      if (this.#stored.has(stored.toLowerCase())) continue;
      this.#stored.add(stored.toLowerCase());
      return stored;
    }
  }
}

function storedNames(catalog: StoredCatalog): Set<string> {
  const names = [...catalog.tables()].flatMap((table) => [
    table.storedName,
    ...[...keysOf(table), ...table.indexes].flatMap(({ storedName }) => storedName ?? []),
  ]);
  return new Set(names.map((name) => name.toLowerCase()));
}
