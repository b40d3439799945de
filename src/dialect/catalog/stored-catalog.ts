import type { EnumType, PgType } from '../types/pg-type.js';
import type { Catalog, SessionNames, TableDefinition } from './catalog.js';
import { TEMPORARY } from './temporary-schema.js';

interface Contents {
  readonly version: number;
  /** By `keyOf`, in the order in which they were made. */
  readonly tables: ReadonlyMap<string, TableDefinition>;
  readonly enums: ReadonlyMap<string, EnumType>;
  readonly schemas: ReadonlySet<string>;
  readonly searchPath: readonly string[];
  readonly names: SessionNames;
  readonly mayHaveOtherIndexes: boolean;
}

interface Named {
  readonly schema: string;
  readonly name: string;
}

/** One key for a qualified name: PostgreSQL's names can hold any character but this one. */
export const keyOf = ({ schema, name }: Named): string => `${schema}\0${name}`;

/** The catalog of a file as it was read, or as a definition has changed it. Each `with…` answers another one. */
export class StoredCatalog implements Catalog {
  static readonly empty = new StoredCatalog({
    version: 0,
    tables: new Map(),
    enums: new Map(),
    schemas: new Set(['public']),
    searchPath: ['public'],
    names: { database: 'postgres', user: 'postgres' },
    mayHaveOtherIndexes: false,
  });

  readonly #contents: Contents;

  private constructor(contents: Contents) {
    this.#contents = contents;
  }

  /** Counts the changes of the file's catalog. */
  get version(): number {
    return this.#contents.version;
  }

  get searchPath(): readonly string[] {
    return this.#contents.searchPath;
  }

  get names(): SessionNames {
    return this.#contents.names;
  }

  get mayHaveOtherIndexes(): boolean {
    return this.#contents.mayHaveOtherIndexes;
  }

  table(name: readonly string[]): TableDefinition | undefined {
    return this.#find(this.#contents.tables, name);
  }

  enumType(name: readonly string[]): EnumType | undefined {
    return this.#find(this.#contents.enums, name);
  }

  tables(): Iterable<TableDefinition> {
    return this.#contents.tables.values();
  }

  enums(): Iterable<EnumType> {
    return this.#contents.enums.values();
  }

  schemas(): Iterable<string> {
    return this.#contents.schemas;
  }

  hasSchema(name: string): boolean {
    return this.#contents.schemas.has(name);
  }

  /** The schema that something new without a schema is made in. */
  get creationSchema(): string | undefined {
    return this.searchPath.find((schema) => this.hasSchema(schema));
  }

  withVersion(version: number): StoredCatalog {
    return this.#changed({ version });
  }

  withSearchPath(searchPath: readonly string[]): StoredCatalog {
    return this.#changed({ searchPath });
  }

  withNames(names: SessionNames): StoredCatalog {
    return this.#changed({ names });
  }

  withOtherIndexes(): StoredCatalog {
    return this.#changed({ mayHaveOtherIndexes: true });
  }

  withSchema(name: string): StoredCatalog {
    return this.#changed({ schemas: new Set([...this.#contents.schemas, name]) });
  }

  withoutSchema(name: string): StoredCatalog {
    return this.#changed({ schemas: new Set([...this.#contents.schemas].filter((other) => other !== name)) });
  }

  /** With these tables, new ones or in the place of those of the same name. */
  withTables(...tables: readonly TableDefinition[]): StoredCatalog {
    return this.#changed({ tables: new Map([...this.#contents.tables, ...tables.map((table) => [keyOf(table), table] as const)]) });
  }

  withoutTable(name: Named): StoredCatalog {
    return this.#changed({ tables: without(this.#contents.tables, name) });
  }

  /** With the table in the place of another one, which may have had another name. */
  withRenamedTable(before: Named, table: TableDefinition): StoredCatalog {
    const tables = [...this.#contents.tables].map(([key, other]) =>
      key === keyOf(before) ? ([keyOf(table), table] as const) : ([key, other] as const),
    );
    return this.#changed({ tables: new Map(tables) });
  }

  withEnum(type: EnumType): StoredCatalog {
    return this.withRenamedEnum(type, type);
  }

  /** With the enum in the place of another one; columns of the old one are columns of the new one. */
  withRenamedEnum(before: Named, type: EnumType): StoredCatalog {
    const enums = new Map([...without(this.#contents.enums, before), [keyOf(type), type] as const]);
    const tables = [...this.#contents.tables].map(([key, table]) => [key, withEnumType(table, keyOf(before), type)] as const);
    return this.#changed({ enums, tables: new Map(tables) });
  }

  /** With all enums and their labels in use: their transaction is committed. */
  withCommittedEnums(): StoredCatalog {
    return [...this.enums()].reduce<StoredCatalog>(
      (catalog, { uncommitted, ...type }) => (uncommitted ? catalog.withEnum(type) : catalog),
      this,
    );
  }

  withoutEnum(name: Named): StoredCatalog {
    return this.#changed({ enums: without(this.#contents.enums, name) });
  }

  #changed(change: Partial<Contents>): StoredCatalog {
    return new StoredCatalog({ ...this.#contents, ...change });
  }

  #find<T>(map: ReadonlyMap<string, T>, path: readonly string[]): T | undefined {
    const [name = '', schema] = [...path].reverse();
    const temporary = schema === undefined ? map.get(keyOf({ schema: TEMPORARY, name })) : undefined;
    if (temporary !== undefined) return temporary;
    const schemas = schema === undefined ? this.searchPath : [schema];
    for (const each of schemas) {
      const found = map.get(keyOf({ schema: each, name }));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function without<T>(map: ReadonlyMap<string, T>, name: Named): ReadonlyMap<string, T> {
  const left = new Map(map);
  left.delete(keyOf(name));
  return left;
}

/** The enum that a type is, or is an array of. */
export const enumOf = (type: PgType): EnumType | undefined => type.enum ?? (type.element && enumOf(type.element));

function withEnumType(table: TableDefinition, before: string, type: EnumType): TableDefinition {
  const isOld = (other: PgType) => {
    const found = enumOf(other);
    return found !== undefined && keyOf(found) === before;
  };
  if (!table.columns.some((column) => isOld(column.type))) return table;
  const columns = table.columns.map((column) => (isOld(column.type) ? { ...column, type: replaceEnum(column.type, type) } : column));
  return { ...table, columns };
}

function replaceEnum(type: PgType, replacement: EnumType): PgType {
  if (type.element !== undefined) return { ...type, element: replaceEnum(type.element, replacement) };
  return type.enum === undefined ? type : { ...type, enum: replacement };
}
