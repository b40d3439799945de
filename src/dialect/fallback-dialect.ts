import { TimeoutError, type Sequelize } from 'sequelize';
import { UnsupportedOnFallbackError } from '../errors.js';
import { internalsOf } from '../sequelize-internals.js';
import { isFromDriver } from './client/statement-failure.js';
import { PgError } from './pg-error.js';
import { arrayOidOf, oidOf } from './types/type-names.js';
import type { TypeKey } from './types/pg-type.js';

/** The table in which a fallback file says what it is. It is not the program's, so no list of tables shows it. */
export const META_TABLE = 'sequelize_resilient_meta';

/** lib/dialects/postgres/query.js of sequelize 6.37.8 */
interface QueryInternals {
  readonly sql: string;
  formatError(error: Error, stack: string): Error;
}

interface DialectWithQuery {
  Query: new (...args: never[]) => QueryInternals;
}

type ParentError = ConstructorParameters<typeof TimeoutError>[0];

/** Teaches one private Sequelize on PostgreSQL's dialect that its server is the fallback. Only its own objects are touched, no prototype. */
export function useFallbackDialect(sequelize: Sequelize): void {
  const { dialect, connectionManager } = internalsOf(sequelize);
  tellOids(connectionManager as unknown as TypeParsers);
  keepOwnErrors(dialect as unknown as DialectWithQuery);
}

/** lib/dialects/postgres/connection-manager.js of sequelize 6.37.8 */
interface TypeParsers {
  nameOidMap: Record<string, TypeOids>;
  enumOids: { oids: number[]; arrayOids: number[] };
  refreshTypeParser(dataTypes: unknown): void;
  _refreshDynamicOIDs(): Promise<void>;
  readonly dialect: { readonly DataTypes: unknown };
}

interface TypeOids {
  readonly oid: number;
  readonly arrayOid: number;
  readonly rangeOid?: number;
  readonly arrayRangeOid?: number;
}

const RANGES: Partial<Record<TypeKey, TypeKey>> = {
  int4: 'int4range',
  int8: 'int8range',
  numeric: 'numrange',
  timestamp: 'tsrange',
  timestamptz: 'tstzrange',
  date: 'daterange',
};

const TYPES: readonly TypeKey[] = [
  ...(['bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'text', 'varchar', 'bpchar', 'citext', 'name', 'uuid'] as const),
  ...(['bytea', 'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'json', 'jsonb', 'hstore', 'inet', 'cidr'] as const),
  ...(['macaddr', 'macaddr8', 'tsvector', 'tsquery', 'geometry', 'geography', 'oid', 'regclass'] as const),
];

/** Sequelize asks a server for the numbers of its types, and finds its parsers by them. */
function tellOids(manager: TypeParsers): void {
  manager.nameOidMap = Object.fromEntries(TYPES.map((key) => [key, oidsOf(key)]));
  manager.enumOids = { oids: [oidOf({ key: 'enum' })], arrayOids: [arrayOidOf({ key: 'enum' })] };
  manager._refreshDynamicOIDs = () => Promise.resolve();
  manager.refreshTypeParser(manager.dialect.DataTypes);
}

function oidsOf(key: TypeKey): TypeOids {
  const own = { oid: oidOf({ key }), arrayOid: arrayOidOf({ key }) };
  const range = RANGES[key];
  return range === undefined ? own : { ...own, rangeOid: oidOf({ key: range }), arrayRangeOid: arrayOidOf({ key: range }) };
}

/** Sequelize takes every error of a statement for the server's, and would hide the library's own in a DatabaseError. */
function keepOwnErrors(dialect: DialectWithQuery): void {
  const Query = dialect.Query;
  dialect.Query = class extends Query {
    override formatError(error: Error, stack: string): Error {
      // Sequelize itself makes a bare object of a unique violation that was caught.
      if (error instanceof PgError || !(error instanceof Error)) return super.formatError(error, stack);
      // As Sequelize's own errors have it; not shown with the error, for it has the values.
      if (error instanceof UnsupportedOnFallbackError) Object.defineProperty(error, 'sql', { value: this.sql, configurable: true });
      if (!isFromDriver(error)) return error;
      return error.code === 'SQLITE_BUSY' ? new TimeoutError(error as unknown as ParentError, { stack }) : super.formatError(error, stack);
    }
  };
}
