import './sequelize-types.js';

export { createResilientConnection, ResilientConnection } from './create-resilient-connection.js';
export { ResilientSequelize } from './routing/resilient-sequelize.js';
export { configFromEnv } from './options/config-from-env.js';
export { healthHandlers, type HealthHandlers, type HealthPolicy } from './health/http.js';
export {
  ConfigurationError,
  ConnectionClosedError,
  DatabaseUnavailableError,
  MigrationFailedError,
  MigrationInterruptedError,
  OutcomeUnknownError,
  PrimaryUnavailableError,
  ResilienceError,
  SQLiteDriverError,
  StaleRowError,
  TransactionLostError,
  UnitLostError,
  UnsupportedOnFallbackError,
} from './errors.js';
export type { DiagnosticMessages, EventName, Listener, ResilientEvents } from './events.js';
export type { LogEvent, LogFields } from './log-events.js';
export type { State } from './failover/state.js';
export type { Engine, FailureKind, FailureVerdict, Outcome, Reason, Role } from './words.js';
export type { Status } from './health/report.js';
export type { SchemaDifference, SchemaFinding, SchemaReport, SchemaReportOptions } from './drift/schema-report.js';
export type { ParityFinding, ParityMode, ParityReport } from './parity/finding.js';
export type {
  BehaviourOptions,
  Classify,
  FallbackOptions,
  Logger,
  Migration,
  MigrationInterface,
  MigrationsOptions,
  MigrationStep,
  OnUnsupported,
  PasswordFunction,
  PrimaryOptions,
  ResilientConfig,
  SchemaContext,
  SchemaMigrations,
  SchemaStep,
  SharedSequelizeOptions,
  SqlLogging,
  TlsOptions,
  UnsupportedStatement,
} from './options.js';
