import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { oneOf, optionsOf, refuse, wholeNumber } from './checks.js';
import { freePort } from './free-port.js';
import { LostCommits } from './lost-commits.js';
import type { LostCommitOptions, OutageController, OutageTarget, RestoreOptions } from './outage-controller.js';
import { ProxyLink, type TargetAddress } from './proxy-link.js';

// A longer delay overflows a Node timer, which then fires after 1 ms.
const LONGEST_DELAY_MS = 2_147_483_647;

/**
 * Starts a proxy on a free port of 127.0.0.1 before a PostgreSQL server; a service that is to have outages connects to the proxy.
 *
 * The server need not run: while it is away, a connect to the proxy succeeds and is reset at once.
 * @throws TypeError where the target is not `{ host, port }`
 */
export async function startOutageProxy(target: OutageTarget): Promise<OutageController> {
  const address = addressOf(target);
  for (let attempt = 1; ; attempt++) {
    const proxy = new OutageProxy(address, await freePort());
    try {
      await proxy.restore();
      return proxy;
    } catch (error) {
      // Another process can take the port between the look and the use.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 5) throw error;
    }
  }
}

function addressOf(target: unknown): TargetAddress {
  if (typeof target !== 'object' || target === null) return refuse('target', 'must be { host, port }', target);
  const { host, port } = target as Partial<Record<keyof OutageTarget, unknown>>;
  if (typeof host !== 'string' || host === '' || (!host.startsWith('/') && /[\s/@?#]/.test(host))) {
    return refuse('target.host', "must be a host's name or address, or the directory of a unix socket", host);
  }
  const checkedPort = wholeNumber('target.port', port, { min: 1, max: 65_535 });
  return host.startsWith('/') ? { path: join(host, `.s.PGSQL.${checkedPort}`) } : { host, port: checkedPort };
}

class OutageProxy implements OutageController {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #target: TargetAddress;
  readonly #server: Server;
  readonly #links = new Set<ProxyLink>();
  readonly #commits = new LostCommits();
  #connectionsAccepted = 0;
  #held = false;
  #delayMs = 0;
  #lastTurn: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(target: TargetAddress, port: number) {
    this.#target = target;
    this.port = port;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => this.#accept(client));
    this.#server.unref();
  }

  get connections(): number {
    return this.#links.size;
  }

  get connectionsAccepted(): number {
    return this.#connectionsAccepted;
  }

  get commitsLost(): number {
    return this.#commits.lost;
  }

  refuse(): Promise<void> {
    return this.#fault(() => this.#turn(() => this.#stopListening()));
  }

  blackhole(): Promise<void> {
    return this.#fault(() => {
      this.#held = true;
      for (const link of this.#links) link.hold();
    });
  }

  cut(): Promise<void> {
    return this.#fault(() => this.#resetAll());
  }

  slow(delayMs: number): Promise<void> {
    return this.#fault(() => {
      this.#delayMs = wholeNumber('delayMs', delayMs, { min: 0, max: LONGEST_DELAY_MS });
    });
  }

  lostCommitReply(options: number | LostCommitOptions = {}): Promise<void> {
    return this.#fault(() => {
      const { count = 1, mode = 'after-commit' } = optionsOf('options', typeof options === 'number' ? { count: options } : options, [
        'count',
        'mode',
      ]);
      const checkedCount = wholeNumber('count', count, { min: 1, max: Number.MAX_SAFE_INTEGER });
      const checkedMode = oneOf('mode', mode, ['after-commit', 'before-commit']);
      for (const { unseen } of this.#links) if (unseen) throw unseen;
      this.#commits.arm(checkedCount, checkedMode);
    });
  }

  untilCommitLost(): Promise<void> {
    return this.#commits.untilAllLost();
  }

  restore(options: RestoreOptions = {}): Promise<void> {
    return this.#fault(() => {
      const { keepSockets = false } = optionsOf('options', options, ['keepSockets']);
      if (typeof keepSockets !== 'boolean') refuse('keepSockets', 'must be true or false', keepSockets);
      this.#delayMs = 0;
      this.#commits.disarm(new Error('restore() ended the fault before the COMMIT was lost.'));
      this.#held = false;
      for (const link of this.#links) {
        if (keepSockets) link.release();
        else if (link.held) link.reset();
      }
      return this.#turn(() => this.#listen());
    });
  }

  close(): Promise<void> {
    this.#commits.disarm(new Error('The outage proxy was closed before the COMMIT was lost.'));
    this.#closed ??= this.#turn(() => this.#stopListening());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What `apply` throws becomes the rejection. */
  #fault(apply: () => void | Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed) throw new Error('The outage proxy is closed. Start a new one with startOutageProxy().');
      resolve(apply());
    });
  }

  /** Listening begins and ends one step after the other, however the calls overlap. */
  #turn(step: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(step);
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#server.listening) return resolve();
      this.#server.once('error', reject);
      this.#server.listen(this.port, this.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  #stopListening(): Promise<void> {
    return new Promise((resolve) => {
      // The error says that it was not listening, which is what is wanted.
      this.#server.close(() => resolve());
      this.#resetAll();
    });
  }

  #resetAll(): void {
    for (const link of this.#links) link.reset();
  }

  #accept(client: Socket): void {
    this.#connectionsAccepted += 1;
    const link = new ProxyLink(client, this.#target, {
      delayMs: () => this.#delayMs,
      commits: this.#commits,
      onClosed: () => this.#links.delete(link),
    });
    this.#links.add(link);
    if (!this.#held) link.release();
  }
}
