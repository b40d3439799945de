import type net from 'node:net';
import type { Model, ModelStatic, Sequelize, Transaction } from 'sequelize';

/*
 * The parts of Sequelize that its own type declarations leave out and that this library relies on.
 * Each names the file of sequelize 6.37.8 it was read in; test/sequelize-internals.test.ts fails when a new Sequelize changes one.
 */

/** lib/dialects/abstract/connection-manager.js */
export interface ConnectionManagerInternals {
  getConnection(options?: { uuid?: string; type?: string; useMaster?: boolean }): Promise<unknown>;
  releaseConnection(connection: unknown): void;
  destroyConnection(connection: unknown): Promise<void>;
  close(): Promise<void>;
  /** lib/Pool.js of sequelize-pool 7: numbers of connections, and of those who wait for one. */
  readonly pool: { readonly size: number; readonly available: number; readonly using: number; readonly waiting: number };
  /** What each connect gets. */
  readonly config: Record<string, unknown>;
  /** The driver's package (lib/dialects/postgres/connection-manager.js). */
  lib: unknown;
  /** Opens one connection for the pool (lib/dialects/postgres/connection-manager.js). */
  connect(config: PostgresConnectConfig): Promise<object>;
  /** Ends a connection that the pool doesn't have (lib/dialects/postgres/connection-manager.js). */
  disconnect(connection: object): Promise<unknown>;
}

/** lib/dialects/postgres/connection-manager.js, connect(): what pg's Client is made with. */
export interface PostgresConnectConfig {
  readonly password?: unknown;
  readonly dialectOptions: { readonly stream: (config: unknown) => net.Socket };
}

/** lib/dialects/abstract/index.js */
export interface DialectInternals {
  name: string;
  DataTypes: Record<string, unknown>;
  queryGenerator: unknown;
}

/** lib/sequelize.js, constructor and normalizeDataType() */
export interface SequelizeInternals {
  options: Record<string, unknown>;
  config: Record<string, unknown>;
  dialect: DialectInternals;
  queryInterface: object;
  connectionManager: ConnectionManagerInternals;
  models: Record<string, ModelStatic<Model>>;
  modelManager: { models: ModelInternals[]; getModelsTopoSortedByForeignKey(): ModelInternals[] | null };
  normalizeDataType(type: unknown): unknown;
  normalizeAttribute(attribute: unknown): unknown;
}

/** lib/transaction.js */
export interface TransactionInternals {
  readonly id: string;
  /** Null where a program passed `transaction: null`. */
  readonly parent?: Transaction | null;
  connection?: object & { uuid?: string | undefined };
  finished?: 'commit' | 'rollback' | undefined;
  _afterCommitHooks: unknown[];
  /** Ends the connection and leaves the transaction without one. */
  forceCleanup(): Promise<void>;
}

/** lib/sequelize.js, useCLS() */
export interface SequelizeClassInternals {
  _cls?: { get(key: 'transaction'): Transaction | null | undefined };
  options: { hooks: object };
}

/** lib/model.js, refreshAttributes(), build(), bulkBuild() */
export type ModelInternals = Omit<ModelStatic<Model>, 'rawAttributes'> & {
  readonly name: string;
  sequelize?: object;
  rawAttributes: Record<string, AttributeInternals>;
  refreshAttributes(): void;
};

export interface AttributeInternals {
  type: unknown;
  values?: unknown[];
  field?: string;
  allowNull?: boolean;
  defaultValue?: unknown;
  primaryKey?: boolean;
}

/** lib/model.js, constructor: `this._options = options` */
export interface RowInternals {
  _options: Record<PropertyKey, unknown>;
  isNewRecord: boolean;
}

/** Reads a Sequelize with the parts that its declarations leave out. */
export const internalsOf = (sequelize: Sequelize): SequelizeInternals => sequelize as unknown as SequelizeInternals;

/** Reads a transaction with the parts that its declarations leave out. */
export const transactionInternals = (transaction: Transaction): TransactionInternals => transaction as unknown as TransactionInternals;

/** True for a savepoint, which is a transaction within another one. */
export const isSavepoint = (transaction: Transaction): boolean => Boolean(transactionInternals(transaction).parent);
