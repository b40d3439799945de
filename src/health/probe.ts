import net from 'node:net';
import pg from 'pg';
import type { Clock, Timer } from '../clock.js';
import { keepAlive } from '../databases/keep-alive.js';
import {
  isInTheFuture,
  SERVER_FACTS,
  type TransactionLookup,
  type TransactionMark,
  transactionStatus,
} from '../databases/transaction-mark.js';

/** Where and as whom to probe: what pg's Client takes. */
export interface ProbeTarget {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly database: string | undefined;
  readonly user: string | undefined;
  readonly password: string | (() => Promise<string>) | undefined;
  readonly ssl: unknown;
  /** What else the program's `dialectOptions` say of how to connect: `options` (search_path), `client_encoding`, `stream`. */
  readonly connect?: { readonly options?: unknown; readonly client_encoding?: unknown; readonly stream?: unknown };
  /** What the connection is called in pg_stat_activity. */
  readonly applicationName: string;
  /** Another implementation of pg's Client, where the program gave Sequelize a `dialectModule`. */
  readonly Client?: typeof pg.Client | undefined;
}

export interface ProbeAnswer {
  readonly durationMs: number;
  /** True where a write would be refused: `SELECT 1` stays green on a read-only server. */
  readonly readOnly: boolean;
}

/** How much later than asked a timer may fire before the event loop counts as late. */
const LATE_MS = 50;

/** Checks the primary on a kept connection of its own outside the pool; a fresh one where that is dead. */
export class Probe {
  #client: pg.Client | undefined;
  #connecting: Promise<pg.Client> | undefined;
  #socket: net.Socket | undefined;

  /** @param onLost hears that the kept connection was ended by the other side: often the first sign of an outage */
  constructor(
    private readonly target: ProbeTarget,
    private readonly clock: Clock,
    private readonly onLost: () => void = () => undefined,
  ) {}

  /** Asks once. Rejects with the driver's error, or with one whose code is `'ETIMEDOUT'` at the deadline. */
  async ask(deadlineMs: number, { holdsProcess }: { holdsProcess: boolean }): Promise<ProbeAnswer> {
    const startedAtMs = this.clock.nowMs();
    try {
      const rows = await this.#within(deadlineMs, holdsProcess, async () => {
        const client = await this.#connected(holdsProcess);
        return await client.query<{ read_only: boolean }>(
          "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS read_only",
        );
      });
      return { durationMs: this.clock.nowMs() - startedAtMs, readOnly: rows.rows[0]?.read_only === true };
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** Which of these tables the primary lacks. Asked here, so that no hook and no query log of the program sees it. */
  async missingTables(tables: readonly { schema: string | undefined; table: string }[], deadlineMs: number): Promise<string[]> {
    const names = tables.map(({ schema, table }) => [schema, table].filter(Boolean).map(quote).join('.'));
    const sql = 'SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL ORDER BY name';
    return await this.#asked(deadlineMs, async (client) =>
      (await client.query<{ name: string }>(sql, [names])).rows.map(({ name }) => name),
    );
  }

  /** What the server says of transactions that were noted, in their order. */
  async transactions(marks: readonly TransactionMark[], deadlineMs: number): Promise<TransactionLookup[]> {
    return await this.#asked(deadlineMs, async (client) => {
      const { rows } = await client.query<Omit<TransactionLookup, 'status'>>(SERVER_FACTS);
      const facts = rows[0] as Omit<TransactionLookup, 'status'>;
      const found: TransactionLookup[] = [];
      for (const { id } of marks) found.push({ ...facts, status: await statusOf(client, facts.version, id) });
      return found;
    });
  }

  async #asked<T>(deadlineMs: number, ask: (client: pg.Client) => Promise<T>): Promise<T> {
    try {
      return await this.#within(deadlineMs, false, async () => ask(await this.#connected(false)));
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** The same on a primary and its standbys; `undefined` where the server does not let us ask. */
  async systemIdentifier(deadlineMs: number, { holdsProcess }: { holdsProcess: boolean }): Promise<string | undefined> {
    try {
      const { rows } = await this.#within(deadlineMs, holdsProcess, async () => {
        const client = await this.#connected(holdsProcess);
        return await client.query<{ identifier: string }>('SELECT system_identifier::text AS identifier FROM pg_control_system()');
      });
      return rows[0]?.identifier;
    } catch (error) {
      // 42501 and 42883: the function may not be called, or is not there.
      if (['42501', '42883'].includes(String((error as { code?: unknown }).code))) return undefined;
      this.drop();
      throw error;
    }
  }

  /** Ends the kept connection without waiting for anybody. */
  drop(): void {
    this.#socket?.destroy();
    this.#client = undefined;
    this.#connecting = undefined;
    this.#socket = undefined;
  }

  #connected(holdsProcess: boolean): Promise<pg.Client> {
    return (this.#connecting ??= this.#connect(holdsProcess));
  }

  async #connect(holdsProcess: boolean): Promise<pg.Client> {
    const { Client = pg.Client, ssl, applicationName, connect: { stream, ...connect } = {}, ...target } = this.target;
    const socket = typeof stream === 'function' ? (stream as () => net.Socket)() : new net.Socket();
    if (!holdsProcess) socket.unref();
    keepAlive(socket);
    this.#socket = socket;
    const config = { ...target, ...connect, ssl, stream: () => socket, application_name: applicationName };
    const client = new Client(config as pg.ClientConfig);
    // A server that goes away emits 'error' on an idle client; without a listener that ends the process.
    client.on('error', () => this.#forget(client));
    client.on('end', () => this.#forget(client));
    await client.connect();
    if (this.#socket !== socket) throw new Error('Connection terminated unexpectedly');
    socket.unref();
    this.#client = client;
    return client;
  }

  #forget(client: pg.Client): void {
    if (this.#client !== client) return;
    this.drop();
    this.onLost();
  }

  #within<T>(deadlineMs: number, holdsProcess: boolean, work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const cancel = this.#deadline(deadlineMs, holdsProcess, () => {
        reject(Object.assign(new Error(`PostgreSQL did not answer within ${deadlineMs} ms`), { code: 'ETIMEDOUT' }));
        this.drop();
      });
      work().then(resolve, reject).finally(cancel);
    });
  }

  /**
   * Calls back when the time is over, judged after one poll phase: while the event loop was blocked the answer may have
   * arrived and only wait to be read. A late loop gets its lag back.
   */
  #deadline(deadlineMs: number, holdsProcess: boolean, passed: () => void): () => void {
    let timer: Timer;
    let immediate: NodeJS.Immediate | undefined;
    const wait = (delayMs: number): void => {
      const dueAtMs = this.clock.nowMs() + delayMs;
      timer = this.clock.setTimer(
        () => {
          const lagMs = this.clock.nowMs() - dueAtMs;
          immediate = setImmediate(() => {
            if (lagMs > LATE_MS) wait(lagMs);
            else passed();
          });
        },
        delayMs,
        { holdsProcess },
      );
    };
    wait(deadlineMs);
    return () => {
      timer.cancel();
      clearImmediate(immediate);
    };
  }
}

async function statusOf(client: pg.Client, version: number, id: string): Promise<TransactionLookup['status']> {
  try {
    const { rows } = await client.query<Pick<TransactionLookup, 'status'>>(transactionStatus(version), [id]);
    return rows[0]?.status ?? null;
  } catch (error) {
    if (!isInTheFuture(error)) throw error;
    return 'in the future';
  }
}

const quote = (name: string | undefined): string => `"${String(name).replaceAll('"', '""')}"`;
