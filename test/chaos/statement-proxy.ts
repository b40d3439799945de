import { connect, createServer, type Server, type Socket } from 'node:net';
import type { OutageTarget } from '../../src/testing/index.js';
import { freePort } from '../support/free-port.js';
import { endsReady, Frames, isCommit, isWrite } from './frames.js';

/**
 * A TCP proxy before PostgreSQL that understands so much of its protocol that it can do what the public outage proxy does not: lose
 * the reply of a write, hold a COMMIT back, and forget connections.
 */
export class StatementProxy {
  readonly host = '127.0.0.1';
  readonly #links = new Set<Link>();
  readonly #server: Server;
  #repliesToLose = 0;
  #onCommit: (() => void) | undefined;

  private constructor(
    readonly port: number,
    target: OutageTarget,
  ) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const link = new Link(client, target, (frame, isIdle) => this.#fate(frame, isIdle));
      this.#links.add(link);
      client.once('close', () => this.#links.delete(link));
    });
  }

  static async start(target: OutageTarget): Promise<StatementProxy> {
    const proxy = new StatementProxy(await freePort(), target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(proxy.port, proxy.host, resolve);
    });
    return proxy;
  }

  /** How many of the replies that `loseWriteReplies` asked for are not lost yet. */
  get repliesToLose(): number {
    return this.#repliesToLose;
  }

  /** The next `count` writes outside transactions are executed, their replies swallowed and their connections cut; 0 ends it. */
  loseWriteReplies(count: number): void {
    this.#repliesToLose = count;
  }

  /** Resolves when the next COMMIT arrives, which is held back for ever; undefined where none does in time. */
  heldCommit(timeoutMs: number): Promise<'held' | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      const finish = (answer: 'held' | undefined): void => {
        clearTimeout(timer);
        this.#onCommit = undefined;
        resolve(answer);
      };
      this.#onCommit = () => finish('held');
    });
  }

  /** The connections there are go silent for ever, as when a firewall forgot them. New ones are served. Returns what resets them. */
  forsake(): () => void {
    const links = [...this.#links];
    for (const link of links) link.mute();
    return () => links.forEach((link) => link.reset());
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const link of this.#links) link.reset();
    await closed;
  }

  #fate(frame: Buffer, isIdle: boolean): Fate {
    if (this.#onCommit !== undefined && isCommit(frame)) {
      this.#onCommit();
      return 'hold';
    }
    if (this.#repliesToLose === 0 || !isIdle || !isWrite(frame)) return 'pass';
    this.#repliesToLose -= 1;
    return 'lose-reply';
  }
}

/** What becomes of a message: `hold` swallows it and makes the connection silent. */
type Fate = 'pass' | 'lose-reply' | 'hold';

/** One client's connection and the one that serves it. */
class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #frames = new Frames();
  #mute = false;
  readonly #fateOf: (frame: Buffer, isIdle: boolean) => Fate;
  #losesReply = false;
  /** Whether the server awaits a statement outside a transaction. */
  #isIdle = false;

  constructor(client: Socket, target: OutageTarget, fateOf: (frame: Buffer, isIdle: boolean) => Fate) {
    this.#fateOf = fateOf;
    this.#client = client;
    this.#upstream = connect({ ...target, noDelay: true });
    client.on('data', (chunk: Buffer) => this.#fromClient(chunk));
    this.#upstream.on('data', (chunk: Buffer) => this.#fromServer(chunk));
    this.#tie(client, this.#upstream);
    this.#tie(this.#upstream, client);
  }

  mute(): void {
    this.#mute = true;
  }

  reset(): void {
    reset(this.#client);
    reset(this.#upstream);
  }

  #fromClient(chunk: Buffer): void {
    if (this.#mute) return;
    for (const frame of this.#frames.of(chunk)) {
      const fate = this.#fateOf(frame, this.#isIdle);
      if (fate === 'hold') return this.mute();
      this.#isIdle = false;
      this.#losesReply ||= fate === 'lose-reply';
      this.#upstream.write(frame);
    }
  }

  #fromServer(chunk: Buffer): void {
    const ready = endsReady(chunk);
    this.#isIdle = ready === 'idle';
    // A reply that ends so is that of a statement that is done, its commit included.
    if (this.#losesReply) return ready === undefined ? undefined : this.reset();
    if (!this.#mute) this.#client.write(chunk);
  }

  #tie(one: Socket, other: Socket): void {
    one.on('error', () => this.#mute || reset(other));
    one.on('end', () => this.#mute || other.end());
    one.on('close', () => this.#mute || other.destroy());
  }
}

function reset(socket: Socket): void {
  // libuv refuses to reset a socket that is being shut down, and Node then never closes it.
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
