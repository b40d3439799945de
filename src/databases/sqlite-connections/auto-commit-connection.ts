import { ResilienceError } from '../../errors.js';
import type { SqliteHandle } from '../sqlite-drivers/driver.js';
import { SequelizeConnection, type Work } from './sequelize-connection.js';
import { onlyReads, setsForeignKeys, transactionControl } from './statement-kind.js';

type OnHandle = <T>(work: (handle: SqliteHandle) => Promise<T>) => Promise<T>;

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

  constructor(filename: string, handles: StatementHandles) {
    super(filename);
    this.#handles = handles;
  }

  protected override async execute<T>(sql: string, work: Work<T>): Promise<T> {
    if (transactionControl(sql) !== undefined) throw notAllowed(sql);
    if (setsForeignKeys(sql)) this.#handles.foreignKeysChanged();
    const run = (handle: SqliteHandle) => work(handle, sql);
    return onlyReads(sql) ? this.#handles.read(run) : this.#handles.write(run);
  }
}

/** The next statement may belong to somebody else, who would find himself in this transaction. */
function notAllowed(sql: string): ResilienceError {
  return new ResilienceError(
    'TRANSACTION_CONTROL_OUTSIDE_TRANSACTION',
    `'${sql.trim().slice(0, 40)}' can't be sent as a single statement: connections are shared. Use sequelize.transaction().`,
  );
}
