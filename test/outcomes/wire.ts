import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../support/free-port.js';
import type { OutageTarget as Target } from '../../src/testing/index.js';

/**
 * What happens to a statement on its way. `lose-statement`: it never arrives. `lose-reply`: it is done, and the reply is swallowed.
 * The connection is then reset. `hold-statement`, `hold-reply`: the same, but the connection stays open and silent.
 */
export type Fate = 'lose-statement' | 'lose-reply' | 'hold-statement' | 'hold-reply';

interface Trap {
  readonly pattern: RegExp;
  readonly fate: Fate;
  readonly sprung: () => void;
}

/** A TCP proxy before PostgreSQL that reads along and fails at chosen statements. */
export class Wire {
  readonly host = '127.0.0.1';
  /** The text of each statement that was sent, in the order it came. */
  readonly statements: string[] = [];
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #traps: Trap[] = [];
  #silent = false;

  private constructor(
    readonly port: number,
    readonly target: Target,
  ) {
    this.#server = createServer({ noDelay: true }, (client) => {
      const link = new Link(client, target, (text) => this.#fateOf(text));
      this.#links.add(link);
      client.once('close', () => this.#links.delete(link));
      if (this.#silent) link.mute();
    });
  }

  static async start(target: Target): Promise<Wire> {
    const wire = new Wire(await freePort(), target);
    await wire.#listen();
    return wire;
  }

  /** How many statements that were sent match. */
  count(pattern: RegExp): number {
    return this.statements.filter((text) => pattern.test(text)).length;
  }

  /** Sets a trap for the next statement that matches; resolves when it has met its fate. */
  trap(pattern: RegExp, fate: Fate): Promise<void> {
    return new Promise((sprung) => {
      this.#traps.push({ pattern, fate, sprung });
    });
  }

  /** Resets the connections there are; new ones work. */
  cut(): void {
    for (const link of this.#links) link.reset();
  }

  /** Refuses new connections and resets those there are. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }

  /** Refuses new connections; those there are go on. */
  stopListening(): void {
    this.#server.close();
  }

  /** Swallows everything from now on, on new connections too. */
  blackhole(): void {
    this.#silent = true;
    for (const link of this.#links) link.mute();
  }

  /** Ends all faults and traps. Silent connections are reset. */
  async restore(): Promise<void> {
    this.#traps.length = 0;
    this.#silent = false;
    for (const link of this.#links) if (link.isMute) link.reset();
    if (!this.#server.listening) await this.#listen();
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  #fateOf(text: string): Trap | undefined {
    this.statements.push(text);
    const at = this.#traps.findIndex(({ pattern }) => pattern.test(text));
    return at < 0 ? undefined : this.#traps.splice(at, 1)[0];
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(this.port, this.host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }
}

/** One client's connection and the one that serves it. */
class Link {
  isMute = false;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #messages = new Messages();
  readonly #trapFor: (text: string) => Trap | undefined;
  #waiting: Trap | undefined;

  constructor(client: Socket, target: Target, trapFor: (text: string) => Trap | undefined) {
    this.#client = client;
    this.#upstream = connect({ ...target, noDelay: true });
    this.#trapFor = trapFor;
    client.on('data', (chunk: Buffer) => this.#fromClient(chunk));
    this.#upstream.on('data', (chunk: Buffer) => this.#fromServer(chunk));
    this.#tie(client, this.#upstream);
    this.#tie(this.#upstream, client);
  }

  mute(): void {
    this.isMute = true;
  }

  reset(): void {
    for (const socket of [this.#client, this.#upstream]) resetSocket(socket);
  }

  #fromClient(chunk: Buffer): void {
    if (this.isMute) return;
    for (const message of this.#messages.of(chunk)) {
      const text = statementIn(message);
      const trap = text === undefined ? undefined : this.#trapFor(text);
      if (trap?.fate === 'lose-statement' || trap?.fate === 'hold-statement') return this.#spring(trap);
      this.#waiting ??= trap;
      this.#upstream.write(message);
    }
  }

  #fromServer(chunk: Buffer): void {
    // The first byte that the server sends after a statement is its reply's, so it is done.
    if (this.#waiting !== undefined) this.#spring(this.#waiting);
    else if (!this.isMute) this.#client.write(chunk);
  }

  #spring({ fate, sprung }: Trap): void {
    this.#waiting = undefined;
    this.mute();
    if (fate.startsWith('lose')) this.reset();
    sprung();
  }

  #tie(one: Socket, other: Socket): void {
    one.on('error', () => resetSocket(other));
    one.on('end', () => other.end());
    one.on('close', () => other.destroy());
  }
}

/** A socket that was ended can't be reset any more: Node would keep its handle for ever. */
const resetSocket = (socket: Socket): Socket => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy());

/** The text of a simple query, or of one that is parsed. */
function statementIn(message: Buffer): string | undefined {
  const type = String.fromCharCode(message[0] ?? 0);
  const [first, second] = message.toString('utf8', 5).split('\0');
  return type === 'Q' ? first : type === 'P' ? second : undefined;
}

/** Cuts what a client sends into messages: the first has no type byte, each other one has. */
class Messages {
  #rest: Buffer = Buffer.alloc(0);
  #typeBytes = 0;

  of(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const whole: Buffer[] = [];
    for (let length = this.#nextLength(); length <= this.#rest.length; length = this.#nextLength()) {
      whole.push(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
      this.#typeBytes = 1;
    }
    return whole;
  }

  #nextLength(): number {
    const head = this.#typeBytes + 4;
    return this.#rest.length < head ? Number.POSITIVE_INFINITY : this.#typeBytes + this.#rest.readInt32BE(this.#typeBytes);
  }
}
