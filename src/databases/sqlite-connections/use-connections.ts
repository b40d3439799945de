import type { Sequelize } from 'sequelize';
import { ResilienceError } from '../../errors.js';
import { internalsOf } from '../../sequelize-internals.js';
import type { SqliteConnections } from './sqlite-connections.js';

/**
 * What Sequelize's SQLite dialect reads of its driver before the first connection (`dialectModule`).
 *
 * With it `new Sequelize({ dialect: 'sqlite' })` loads no driver; `useConnections` brings the real one.
 */
export const sqliteDialectModule = { OPEN_READONLY: 1, OPEN_READWRITE: 2, OPEN_CREATE: 4 } as const;

/** lib/dialects/sqlite/query.js of sequelize 6.37.8 */
interface QueryInternals {
  formatError(error: Error, stack: string): Error;
}

interface DialectWithQuery {
  Query: new (...args: never[]) => QueryInternals;
}

/** Lets a Sequelize on SQLite use these connections instead of its own. Its errors keep their class where no driver made them. */
export function useConnections(sequelize: Sequelize, connections: SqliteConnections): void {
  const { connectionManager, dialect } = internalsOf(sequelize);
  connectionManager.getConnection = (request) => connections.getConnection(request);
  connectionManager.releaseConnection = (connection) => connections.releaseConnection(connection as object);
  connectionManager.destroyConnection = (connection) => connections.destroyConnection(connection as object);
  connectionManager.close = () => connections.close();
  keepOwnErrors(dialect as unknown as DialectWithQuery);
}

/** Sequelize takes every error of a statement for the driver's, and would hide these in a DatabaseError. */
function keepOwnErrors(dialect: DialectWithQuery): void {
  const Query = dialect.Query;
  dialect.Query = class extends Query {
    override formatError(error: Error, stack: string): Error {
      return isFromDriver(error) ? super.formatError(error, stack) : error;
    }
  };
}

function isFromDriver(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_') && !(error instanceof ResilienceError);
}
