/** Cuts what a client of PostgreSQL sends into messages: the first has no type byte, each other one has. */
export class Frames {
  #rest: Buffer = Buffer.alloc(0);
  #started = false;

  /** The messages that are whole now; the rest waits for more. */
  of(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    for (let length = this.#nextLength(); length !== undefined && length <= this.#rest.length; length = this.#nextLength()) {
      frames.push(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
      this.#started = true;
    }
    return frames;
  }

  #nextLength(): number | undefined {
    const typeBytes = this.#started ? 1 : 0;
    return this.#rest.length < typeBytes + 4 ? undefined : typeBytes + this.#rest.readInt32BE(typeBytes);
  }
}

/** Whether a message is a simple query that begins with COMMIT. */
export function isCommit(frame: Buffer): boolean {
  return frame[0] === 0x51 && /^\s*COMMIT\b/i.test(frame.toString('latin1', 5));
}

/** Whether a message brings a statement that inserts or updates: a simple query, or the first one of an extended query. */
export function isWrite(frame: Buffer): boolean {
  // Parse has the statement's name before the statement.
  const start = frame[0] === 0x50 ? frame.indexOf(0, 5) + 1 : 5;
  return (frame[0] === 0x51 || frame[0] === 0x50) && /^\s*(INSERT|UPDATE)\b/i.test(frame.toString('latin1', start, start + 40));
}

/** What the server says at the end of what it sends: that it is ready, outside or within a transaction; undefined where it is not. */
export function endsReady(chunk: Buffer): 'idle' | 'in-transaction' | undefined {
  const end = chunk.subarray(-6);
  if (end.length < 6 || end[0] !== 0x5a || end.readInt32BE(1) !== 5) return undefined;
  return end[5] === 0x49 ? 'idle' : 'in-transaction';
}
