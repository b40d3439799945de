import { AutoCommit, LeftOpen } from '../../dialect/client/auto-commit.js';
import { readCatalog, type StoredCatalog } from '../../dialect/catalog/catalog-store.js';
import type { FallbackClient } from '../../dialect/client/fallback-client.js';
import { LiveCatalog } from '../../dialect/client/live-catalog.js';
import type { ParserLookup } from '../../dialect/client/program-parsers.js';
import type { SessionStart } from '../../dialect/client/session-start.js';
import type { Shared } from '../../dialect/client/session.js';
import { TextPlanner } from '../../dialect/client/text-planner.js';
import { ResilienceError } from '../../errors.js';
import type { PoolFigures } from '../database.js';
import type { SqliteDriver, SqliteHandle, SqliteParameters, SqliteRow } from '../sqlite-drivers/driver.js';
import { AutoCommitClient } from './auto-commit-client.js';
import { openKept, type KeptHandles } from './kept-handles.js';
import { assertSameFile, type FileIdentity } from './storage-file.js';
import { TransactionClient } from './transaction-client.js';
import { Writer } from './writer.js';
import { WriterQueue } from './writer-queue.js';

/** What `SqliteConnections.open` needs. */
export interface SqliteConnectionsOptions {
  readonly driver: SqliteDriver;
  /** An absolute path, or `':memory:'`. */
  readonly storage: string;
  /** The unit of work that the running code belongs to. */
  readonly currentUnit: () => object | undefined;
  /** The parsers that the program's `pg` and Sequelize have. */
  readonly parserOf: ParserLookup;
  /** Hears how many rows statements of the program have written. */
  readonly noteRowsWritten?: ((count: number) => void) | undefined;
  /** How sessions begin. */
  readonly start?: SessionStart | undefined;
  /** How long a turn to write is waited for. @default 60000 */
  readonly acquireTimeoutMs?: number;
  /** How long it is waited for while a transaction of the same unit has it. @default 5000 */
  readonly ownUnitTimeoutMs?: number;
}

/** What Sequelize asks a connection for: `uuid` is a transaction's id, and `type: 'SELECT'` says that it only reads. */
export interface ConnectionRequest {
  readonly uuid?: string | undefined;
  readonly type?: string | undefined;
}

interface Lent {
  readonly client: TransactionClient;
  /** Takes the handle back; `isSound` says that no transaction is left open on it. */
  readonly takeBack: (isSound: boolean) => Promise<void> | void;
}

interface Taken {
  readonly handle: SqliteHandle;
  readonly end: Lent['takeBack'];
}

/** A transaction's handle, which is taken when it is first needed. */
interface Turn {
  readonly isReadOnly: boolean;
  taken(): Promise<Taken>;
  readonly end: Lent['takeBack'];
}

function turnOf(isReadOnly: boolean, take: () => Promise<Taken>): Turn {
  let taken: Promise<Taken> | undefined;
  const begin = () => {
    taken = take();
    // Where it could not be had, the next statement asks again.
    taken.catch(() => (taken = undefined));
    return taken;
  };
  const end = async (isSound: boolean) => {
    const held = await taken?.catch(() => undefined);
    await held?.end(isSound);
  };
  return { isReadOnly, taken: () => taken ?? begin(), end };
}

/**
 * The connections of one SQLite database, in the place of the pool of Sequelize's own (lib/dialects/abstract/connection-manager.js).
 *
 * One kept handle writes, for one transaction or single statement at a time, in the order in which they asked. Single
 * statements that only read have a kept handle of their own and never wait for a writer. A transaction takes its turn at its
 * first statement, also where that reads: of two that read first and write then, none overwrites the other. One that only
 * reads (`readOnly: true`) has a fresh handle. In memory one handle does everything, and single reads wait for a transaction too,
 * unless it is one of their own unit of work: those read what it has written so far.
 */
export class SqliteConnections {
  readonly #options: SqliteConnectionsOptions;
  readonly #kept: KeptHandles;
  readonly #queue: WriterQueue;
  readonly #writer: Writer;
  readonly #autoCommit: AutoCommitClient;
  readonly #shared: Shared;
  readonly #transactions = new Map<string, Lent>();
  readonly #lent = new Map<object, Lent>();
  #rowsWritten = 0;
  #refusal: Error | undefined;
  #closing: Promise<void> | undefined;

  /** Opens the file, making it (mode 0600) and its directory (0700) where they are missing. A failure leaves nothing open. */
  static async open(options: SqliteConnectionsOptions): Promise<SqliteConnections> {
    const kept = await openKept(options.driver, options.storage);
    try {
      return new SqliteConnections(options, kept, await LiveCatalog.load(kept.writer, options.start));
    } catch (error) {
      await kept.handles.closeAll().catch(() => undefined);
      throw error;
    }
  }

  private constructor(options: SqliteConnectionsOptions, kept: KeptHandles, catalog: LiveCatalog) {
    const { acquireTimeoutMs = 60_000, ownUnitTimeoutMs = 5_000 } = options;
    const { handles } = kept;
    const source = { open: async () => (await handles.openWriter()).handle, close: (handle: SqliteHandle) => handles.close(handle) };
    this.#options = options;
    this.#kept = kept;
    this.#queue = new WriterQueue({ acquireTimeoutMs, ownUnitTimeoutMs });
    this.#writer = new Writer(this.#queue, source, kept.writer);
    const noteRowsWritten = (count: number): void => {
      this.#rowsWritten += count;
      options.noteRowsWritten?.(count);
    };
    this.#shared = { planner: new TextPlanner(options.parserOf), catalog, noteRowsWritten };
    const lender = {
      read: <T>(work: (handle: SqliteHandle) => Promise<T>) => this.#read(work),
      write: <T>(work: (handle: SqliteHandle) => Promise<T>) => this.#write(work),
      foreignKeysChanged: () => this.#writer.foreignKeysChanged(),
    };
    this.#autoCommit = new AutoCommitClient(new AutoCommit(this.#shared, lender));
  }

  /** How many rows statements of the program have written so far. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  /** The one connection that writes, as a pool of one. */
  get pool(): PoolFigures {
    const used = this.#queue.holder === undefined ? 0 : 1;
    return { idle: 1 - used, used, connecting: 0, waiting: this.#queue.waiting };
  }

  /** Resolves to the shared connection of single statements or, with a `uuid`, to that transaction's, which waits for its turn at its first statement. */
  getConnection(request: ConnectionRequest = {}): Promise<FallbackClient> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    if (request.uuid === undefined) return Promise.resolve(this.#autoCommit);
    return Promise.resolve(this.#transaction(request.uuid, request.type === 'SELECT').client);
  }

  /** Takes a transaction's connection back; what it left open is rolled back before somebody else's turn. */
  releaseConnection(connection: object): void {
    void this.destroyConnection(connection);
  }

  /** Takes a transaction's connection back and waits until its handle is free. Never rejects. */
  async destroyConnection(connection: object): Promise<void> {
    const lent = this.#lent.get(connection);
    if (lent !== undefined) await this.#takeBack(lent);
  }

  /** Gives SQLite one single statement of its own, past Sequelize and the dialect, and resolves to its rows. */
  query(sql: string, parameters: SqliteParameters = []): Promise<SqliteRow[]> {
    return this.#write((handle) => handle.all(sql, parameters));
  }

  /** Resolves to what the file says of its tables now, whoever has changed them. */
  catalog(): Promise<StoredCatalog> {
    return this.#read((handle) => readCatalog(handle));
  }

  /** Rejects unless the file is still the one that was opened, its schema can be read, and the write lock be had. */
  async check(): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const { file } = this.#kept;
    if (file !== undefined) await this.#checkFile(file);
    await this.#read((handle) => handle.all('SELECT count(*) FROM sqlite_master', []));
    await this.#write((handle) => handle.exec('BEGIN IMMEDIATE; ROLLBACK'));
  }

  /** Refuses everything from now on with this error: who waits, who asks, and the next statement of each open transaction. */
  abort(error: Error): void {
    this.#refusal ??= error;
    this.#queue.refuseAll(this.#refusal);
    for (const { client } of this.#lent.values()) client.refuse(this.#refusal);
  }

  /** Ends the statements that are running now with an error. */
  interrupt(): void {
    this.#kept.handles.interrupt();
  }

  /** Waits for running statements, rolls back what is open and closes every handle. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.abort(new ResilienceError('DATABASE_CLOSED', `The SQLite database ${this.#options.storage} is closed.`));
    await this.#kept.handles.closeAll();
  }

  async #read<T>(work: (handle: SqliteHandle) => Promise<T>): Promise<T> {
    if (this.#refusal !== undefined) throw this.#refusal;
    const handle = this.#kept.reader ?? this.#writer.lentTo(this.#options.currentUnit());
    return handle === undefined ? this.#write(work) : work(handle);
  }

  async #write<T>(work: (handle: SqliteHandle) => Promise<T>): Promise<T> {
    const { handle, giveBack, discard } = await this.#writer.borrow({ unit: this.#options.currentUnit(), transactionId: undefined });
    try {
      const result = await work(handle);
      giveBack();
      return result;
    } catch (error) {
      if (error instanceof LeftOpen) await discard();
      else giveBack();
      throw error instanceof LeftOpen ? error.cause : error;
    }
  }

  #transaction(id: string, isReadOnly: boolean): Lent {
    const known = this.#transactions.get(id);
    if (known !== undefined) return known;
    const turn = isReadOnly && this.#kept.reader !== undefined ? this.#readerTurn() : this.#writerTurn(id);
    const own = async () => {
      const { handle } = await turn.taken();
      if (this.#refusal !== undefined) throw this.#refusal;
      return handle;
    };
    const client = new TransactionClient(id, { own, isReadOnly: turn.isReadOnly }, this.#shared);
    const lent = { client, takeBack: turn.end };
    this.#transactions.set(id, lent);
    this.#lent.set(client, lent);
    return lent;
  }

  /** The unit is the one in which the transaction began. */
  #writerTurn(transactionId: string): Turn {
    const unit = this.#options.currentUnit();
    return turnOf(false, async () => {
      const { handle, giveBack, discard } = await this.#writer.borrow({ unit, transactionId });
      return { handle, end: (isSound) => (isSound ? giveBack() : discard()) };
    });
  }

  #readerTurn(): Turn {
    const { handles } = this.#kept;
    return turnOf(true, async () => {
      const handle = await handles.openReader();
      return { handle, end: () => handles.close(handle).catch(() => undefined) };
    });
  }

  /** Without a wait where the transaction ended well, so that the next turn begins at once. */
  async #takeBack({ client, takeBack }: Lent): Promise<void> {
    this.#lent.delete(client);
    this.#transactions.delete(client.transactionId);
    let isSound = true;
    const mayBeOpen = client.mayBeOpen;
    const ended = client.finish();
    if (mayBeOpen) await ended.catch(() => (isSound = false));
    await takeBack(isSound);
  }

  /** A fresh handle has no page in its cache, so that it reads the file. */
  async #checkFile(file: FileIdentity): Promise<void> {
    await assertSameFile(this.#options.storage, file);
    const handle = await this.#kept.handles.openReader();
    try {
      await handle.all('SELECT count(*) FROM sqlite_master', []);
    } finally {
      await this.#kept.handles.close(handle);
    }
  }
}
