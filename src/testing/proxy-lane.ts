import type { Socket } from 'node:net';

/** A chunk, or `undefined` for the end of the stream. */
type Piece = Buffer | undefined;

interface LaneOptions {
  /** Asked for each chunk, when it comes. */
  readonly delayMs: () => number;
  /** Writes a chunk to the other side when it is due; answers as `socket.write`. */
  readonly deliver: (chunk: Buffer) => boolean;
}

/** One direction of a link: what `from` sends is delivered to `to` in order, after the delay that was set when it came. */
export class ProxyLane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #deliver: (chunk: Buffer) => boolean;
  readonly #timers = new Set<NodeJS.Timeout>();
  #waiting: Piece[] = [];
  #held = false;

  constructor(from: Socket, to: Socket, { delayMs, deliver }: LaneOptions) {
    this.#from = from;
    this.#to = to;
    this.#deliver = deliver;
    from.on('data', (chunk: Buffer) => this.#take(chunk, delayMs()));
    from.on('end', () => this.#take(undefined, delayMs()));
    to.on('drain', () => this.#resume());
  }

  /** Delivers nothing until `release`. */
  hold(): void {
    this.#held = true;
    // Unread bytes pile up in the kernel, so a writer is slowed down as by a network that takes nothing.
    this.#from.pause();
  }

  /** Delivers what waits, whatever its delay, and goes on. */
  release(): void {
    this.#held = false;
    for (const piece of this.drop()) this.#write(piece);
    this.#resume();
  }

  /** Forgets what waits, and returns it. */
  drop(): Piece[] {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    return this.#waiting.splice(0);
  }

  #take(piece: Piece, delayMs: number): void {
    if (delayMs === 0 && this.#waiting.length === 0 && !this.#held) return this.#write(piece);
    this.#waiting.push(piece);
    const timer = setTimeout(() => this.#due(timer), delayMs).unref();
    this.#timers.add(timer);
  }

  /** Each timer delivers the oldest piece, whichever it was made for, so the order stays when the delay changes. */
  #due(timer: NodeJS.Timeout): void {
    this.#timers.delete(timer);
    if (!this.#held && this.#waiting.length > 0) this.#write(this.#waiting.shift());
  }

  #write(piece: Piece): void {
    if (piece === undefined) this.#to.end();
    else if (!this.#deliver(piece)) this.#from.pause();
  }

  #resume(): void {
    if (!this.#held && !this.#to.writableNeedDrain) this.#from.resume();
  }
}
