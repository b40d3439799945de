export type { InterruptedMigration, MigrationRecord, MigrationRun } from '../migrator/database-migrations.js';
export type { DatabaseChoice, MigrateOptions, Migrator } from '../migrator/migrator.js';
export { createMigrator } from './create-migrator.js';
export { type AddEnumValueOptions, addEnumValueSafe } from './add-enum-value-safe.js';
export { addColumnSafe, removeColumnSafe, renameColumnSafe } from './columns-safe.js';
export { type AddConstraintSafeOptions, addConstraintSafe, removeConstraintSafe } from './constraints-safe.js';
export { createExtensionSafe } from './create-extension-safe.js';
export { type CreateTableSafeOptions, createTableSafe } from './create-table-safe.js';
export { arrayDefault, type Expression, jsonDefault, nowDefault, uuidDefault } from './defaults.js';
export { type DialectTypes, getDialectTypes, isPostgreSQL, isSQLite } from './dialect-types.js';
export { dropTableSafe } from './drop-table-safe.js';
export { type AddIndexSafeOptions, addIndexSafe, type IndexField, removeIndexSafe } from './indexes-safe.js';
export {
  addFullTextIndex,
  type FullTextIndexOptions,
  fullTextMatch,
  type FullTextMatchOptions,
  removeFullTextIndex,
  type RemoveFullTextIndexOptions,
} from './full-text.js';
export { addLocationColumns, type LocationOptions, removeLocationColumns } from './location.js';
export type { LocationNames } from './location-columns.js';
export {
  type Box,
  type DistanceSearchOptions,
  type LocationSearchOptions,
  type Place,
  withinBox,
  withinDistance,
} from './location-search.js';
export { type ReplaceEnumValuesOptions, replaceEnumValuesSafe } from './replace-enum-values-safe.js';
export {
  type Did,
  type DifferenceOptions,
  type OnDifference,
  type SchemaChange,
  SchemaChangeError,
  type DefinitionDifference,
  DefinitionDifferenceError,
} from './schema-change.js';
export type { StepOptions } from './step.js';
