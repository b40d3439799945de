import { connect, type Socket } from 'node:net';
import { CommitWatch } from './commit-watch.js';
import type { LostCommits } from './lost-commits.js';
import { ProxyLane } from './proxy-lane.js';

/** Where a proxy leads to: an address, or the path of a unix socket. */
export type TargetAddress = { readonly host: string; readonly port: number } | { readonly path: string };

interface LinkOptions {
  /** Asked for each chunk. */
  readonly delayMs: () => number;
  readonly commits: LostCommits;
  /** Called once, when the link carries nothing any more. */
  readonly onClosed: () => void;
}

/** One client's connection through a proxy and the connection to the target that serves it. */
export class ProxyLink {
  readonly #client: Socket;
  readonly #target: TargetAddress;
  readonly #options: LinkOptions;
  readonly #commits: CommitWatch;
  #upstream: Socket | undefined;
  readonly #lanes: ProxyLane[] = [];
  #held = true;
  #ended = false;

  /** Begins held: `release` makes the connection to the target. */
  constructor(client: Socket, target: TargetAddress, options: LinkOptions) {
    this.#client = client;
    this.#target = target;
    this.#options = options;
    this.#commits = new CommitWatch(options.commits);
    this.#watch(client);
  }

  get held(): boolean {
    return this.#held;
  }

  /** Why COMMITs can't be seen here, where they can't. */
  get unseen(): Error | undefined {
    return this.#commits.unseen;
  }

  /** Holds all bytes back until `release`. */
  hold(): void {
    this.#held = true;
    for (const lane of this.#lanes) lane.hold();
  }

  /** Lets bytes flow, those first that were held back. */
  release(): void {
    this.#held = false;
    // Only an error closes a socket while it is held, for its own end is not sent: the other side hears of it now.
    if (this.#client.destroyed || this.#upstream?.destroyed) return this.reset();
    if (!this.#upstream) this.#dial();
    for (const lane of this.#lanes) lane.release();
  }

  /** Ends both sides; what was written to them still arrives. */
  destroy(): void {
    this.#end((socket) => socket.destroy());
  }

  /** Ends both sides with RST. */
  reset(): void {
    // One that is ending can't be reset any more (EINVAL), and would stay open.
    this.#end((socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy()));
  }

  #dial(): void {
    const upstream = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    this.#upstream = upstream;
    this.#watch(upstream);
    const { delayMs } = this.#options;
    this.#lanes.push(
      new ProxyLane(this.#client, upstream, {
        delayMs,
        deliver: (chunk) => this.#deliver(upstream, chunk, (bytes) => this.#commits.fromClient(bytes)),
      }),
      new ProxyLane(upstream, this.#client, {
        delayMs,
        deliver: (chunk) => this.#deliver(this.#client, chunk, (bytes) => this.#commits.fromServer(bytes)),
      }),
    );
  }

  #deliver(to: Socket, chunk: Buffer, passes: (chunk: Buffer) => number): boolean {
    const passing = passes(chunk);
    if (passing === chunk.length) return to.write(chunk);
    if (passing > 0) to.write(chunk.subarray(0, passing));
    this.destroy();
    return false;
  }

  #watch(socket: Socket): void {
    socket.unref();
    socket.on('error', () => {
      // A black hole tells the other side nothing.
      if (!this.#held) this.reset();
    });
    socket.on('close', () => {
      // One side's close is not yet the other's: bytes for that may still wait.
      if (this.#client.destroyed && this.#upstream?.destroyed) this.destroy();
    });
  }

  #end(finish: (socket: Socket) => void): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const lane of this.#lanes) lane.drop();
    this.#commits.end();
    finish(this.#client);
    if (this.#upstream) finish(this.#upstream);
    this.#options.onClosed();
  }
}
