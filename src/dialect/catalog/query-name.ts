import type { TableDefinition } from './catalog.js';

/** SQLite's view of a materialized view's query: SQLite follows the names of tables and columns in it. */
export const queryName = ({ storedName }: TableDefinition): string => `sequelize_resilient_query_${storedName}`;
