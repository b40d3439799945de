import type { Sequelize } from 'sequelize';
import { internalsOf } from '../../sequelize-internals.js';
import type { SqliteConnections } from './sqlite-connections.js';

/** Lets a Sequelize on PostgreSQL's dialect use these connections instead of a pool of its own. */
export function useConnections(sequelize: Sequelize, connections: SqliteConnections): void {
  const { connectionManager } = internalsOf(sequelize);
  connectionManager.getConnection = (request) => connections.getConnection(request);
  connectionManager.releaseConnection = (connection) => connections.releaseConnection(connection as object);
  connectionManager.destroyConnection = (connection) => connections.destroyConnection(connection as object);
  connectionManager.close = () => connections.close();
}
