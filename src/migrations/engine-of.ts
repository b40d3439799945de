import type { QueryInterface } from 'sequelize';

/**
 * What is behind a query interface: PostgreSQL, a handle's fallback, which takes PostgreSQL's types and statements, or Sequelize's own
 * SQLite dialect, which doesn't.
 */
export type MigrationEngine = 'postgres' | 'fallback' | 'sqlite';

/** Finds out which it is; of a handle for the database that the running code works on. */
export function engineOf({ sequelize }: QueryInterface): MigrationEngine {
  const dialect = sequelize.getDialect();
  if (dialect === 'postgres') return 'postgres';
  if (dialect !== 'sqlite')
    throw new Error(`sequelize-resilient/migrations knows PostgreSQL and SQLite; this query interface is of dialect ${dialect}.`);
  // A handle answers with the engine that it is on, but speaks PostgreSQL to both.
  return (sequelize as unknown as { options: { dialect: string } }).options.dialect === 'postgres' ? 'fallback' : 'sqlite';
}
