import { ResilienceError } from '../../errors.js';
import type { SqliteHandle, SqliteParameters, SqliteRow } from '../sqlite-drivers/driver.js';
import { asksForColumnTypes, type ColumnTypes } from './column-types.js';
import { SequelizeConnection, type Work } from './sequelize-connection.js';
import { onlyReads, setsForeignKeys, transactionControl } from './statement-kind.js';

type OnHandle = <T>(work: (handle: SqliteHandle) => Promise<T>) => Promise<T>;

const PLAIN_WRITE = /^(?:insert|update|delete) /i;

/** Where single statements run. */
export interface StatementHandles {
  /** Runs a statement that only reads. */
  readonly read: OnHandle;
  /** Runs any statement when it is its turn to write. */
  readonly write: OnHandle;
  /** Says that foreign keys may be off on the writer from now on. */
  foreignKeysChanged(): void;
}

/** The connection of everything that is outside a transaction: each statement commits by itself. */
export class AutoCommitConnection extends SequelizeConnection {
  readonly #handles: StatementHandles;
  readonly #columnTypes: ColumnTypes;

  constructor(filename: string, handles: StatementHandles, columnTypes: ColumnTypes) {
    super(filename);
    this.#handles = handles;
    this.#columnTypes = columnTypes;
  }

  protected override rows(sql: string, parameters: SqliteParameters): Promise<SqliteRow[]> {
    const ask = () => super.rows(sql, parameters);
    return asksForColumnTypes(sql) ? this.#columnTypes.answer(sql, ask) : ask();
  }

  protected override execute<T>(sql: string, work: Work<T>): Promise<T> {
    const run = (handle: SqliteHandle) => work(handle, sql);
    // Nearly all statements: nothing else needs to be looked for in them.
    if (PLAIN_WRITE.test(sql)) return this.#handles.write(run);
    if (onlyReads(sql)) return this.#handles.read(run);
    if (transactionControl(sql) !== undefined) return Promise.reject(notAllowed(sql));
    if (setsForeignKeys(sql)) this.#handles.foreignKeysChanged();
    return this.#handles.write(run).finally(() => this.#columnTypes.forget());
  }
}

/** The next statement may belong to somebody else, who would find himself in this transaction. */
function notAllowed(sql: string): ResilienceError {
  return new ResilienceError(
    'TRANSACTION_CONTROL_OUTSIDE_TRANSACTION',
    `'${sql.trim().slice(0, 40)}' can't be sent as a single statement: connections are shared. Use sequelize.transaction().`,
  );
}
