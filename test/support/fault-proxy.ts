import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';
import { ProxyLink, type Target } from './proxy-link.js';

/** A TCP proxy on 127.0.0.1 that can fail the way networks do. */
export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** How many clients' connections are open now. */
  readonly connectionCount: number;
  /** How many connections were accepted since the start. */
  readonly acceptedCount: number;
  /** Ends connections with RST and stops listening: connects are refused. */
  refuse(): Promise<void>;
  /** Ends the connections there are; new ones are accepted. */
  cut(): void;
  /** Holds all bytes back, in both directions, ends of connections too; new connections are accepted and hear nothing. */
  blackhole(): void;
  /** Ends every fault, `slow` too. Black-holed connections end, or go on with all bytes that were held back. */
  restore(options?: { keepSockets?: boolean }): Promise<void>;
  /** Delays each chunk, of either direction, by so many milliseconds; 0 ends it. */
  slow(delayMs: number): void;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts a proxy before `target`. When the target is dead, a connect succeeds and is reset at once. */
export async function startProxy(target: Target): Promise<FaultProxy> {
  const proxy = new Proxy(target, await freePort());
  await proxy.listen();
  return proxy;
}

class Proxy implements FaultProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #target: Target;
  readonly #server: Server;
  readonly #links = new Set<ProxyLink>();
  #acceptedCount = 0;
  #held = false;
  #delayMs = 0;

  constructor(target: Target, port: number) {
    this.#target = target;
    this.port = port;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => this.#accept(client));
  }

  get connectionCount(): number {
    return this.#links.size;
  }

  get acceptedCount(): number {
    return this.#acceptedCount;
  }

  async listen(): Promise<void> {
    if (this.#server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.port, this.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  async refuse(): Promise<void> {
    const closed = this.#closeServer();
    for (const link of this.#links) link.reset();
    await closed;
  }

  cut(): void {
    for (const link of this.#links) link.destroy();
  }

  blackhole(): void {
    this.#held = true;
    for (const link of this.#links) link.hold();
  }

  async restore(options: { keepSockets?: boolean } = {}): Promise<void> {
    const { keepSockets = false } = options;
    this.slow(0);
    this.#held = false;
    for (const link of this.#links) {
      if (keepSockets) link.release();
      else if (link.held) link.destroy();
    }
    await this.listen();
  }

  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  async close(): Promise<void> {
    const closed = this.#closeServer();
    this.cut();
    await closed;
  }

  #accept(client: Socket): void {
    this.#acceptedCount += 1;
    const link = new ProxyLink(client, this.#target, { delayMs: () => this.#delayMs, onClosed: () => this.#links.delete(link) });
    this.#links.add(link);
    if (!this.#held) link.release();
  }

  #closeServer(): Promise<void> {
    return new Promise((resolve) => {
      // The error says that it was not listening, which is what is wanted.
      this.#server.close(() => resolve());
    });
  }
}
