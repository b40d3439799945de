import type { Sequelize } from 'sequelize';
import { internalsOf } from '../sequelize-internals.js';
import { ArrayType } from './array-type.js';

/** The table in which a fallback file says what it is. It is not the program's, so no list of tables shows it. */
export const META_TABLE = 'sequelize_resilient_meta';

interface ShowTables {
  showTablesQuery(): string;
}

/** Teaches one private Sequelize on SQLite to answer like PostgreSQL. Only its own dialect object is touched, no prototype. */
export function useFallbackDialect(sequelize: Sequelize): void {
  const { dialect } = internalsOf(sequelize);
  dialect.DataTypes = { ...dialect.DataTypes, ARRAY: ArrayType };
  const generator = dialect.queryGenerator as ShowTables;
  // lib/dialects/sqlite/query-generator.js of sequelize 6.37.8
  const showTablesQuery = generator.showTablesQuery.bind(generator);
  generator.showTablesQuery = () => `${showTablesQuery().replace(/;\s*$/, '')} AND name!='${META_TABLE}';`;
}
