/** One message of PostgreSQL's protocol, version 3, as it ends in a chunk. */
export interface Message {
  /** The type's letter; empty for what a client sends before it is let in. */
  readonly type: string;
  /** The beginning of its body, at most `KEPT_BYTES`. */
  readonly body: Buffer;
  /** True where `body` is all of it. */
  readonly whole: boolean;
  /** Where its part of the chunk begins; 0 for a message that began in an earlier chunk. */
  readonly start: number;
}

/** A COMMIT, a tag and the names of statements and portals are shorter; rows and parameters need not be kept. */
const KEPT_BYTES = 1024;
const LENGTH_BYTES = 4;
/** PostgreSQL refuses longer ones. */
const LONGEST_STARTUP_BYTES = 10_000;

/** Finds the messages in one direction of a connection, however they are split over chunks. */
export class MessageReader {
  #typed: boolean;
  #broken = false;
  #kept: Buffer = Buffer.alloc(0);
  #received = 0;
  /** The size of the message with its type, or `undefined` before its length was read. */
  #size: number | undefined;

  /** @param typed whether messages begin with a letter, as all do but those of a client that is not let in yet */
  constructor(typed: boolean) {
    this.#typed = typed;
  }

  /** True where what came can't be messages: it is encrypted, or another protocol. */
  get broken(): boolean {
    return this.#broken;
  }

  /** From the next message on, each one begins with a letter. */
  expectTypes(): void {
    this.#typed = true;
  }

  /** The messages that end in this chunk. */
  *read(chunk: Buffer): Generator<Message> {
    let at = 0;
    let start = 0;
    while (at < chunk.length && !this.#broken) {
      const piece = chunk.subarray(at, at + (this.#size ?? this.#headerBytes) - this.#received);
      at += piece.length;
      this.#take(piece);
      if (this.#received !== this.#size) continue;
      const message = this.#message(start);
      start = at;
      yield message;
    }
  }

  get #headerBytes(): number {
    return this.#typed ? 1 + LENGTH_BYTES : LENGTH_BYTES;
  }

  #take(piece: Buffer): void {
    this.#received += piece.length;
    const room = this.#headerBytes + KEPT_BYTES - this.#kept.length;
    if (room > 0) this.#kept = Buffer.concat([this.#kept, piece.subarray(0, room)]);
    if (this.#size !== undefined || this.#received < this.#headerBytes) return;
    // The length counts itself, but not the letter.
    const length = this.#kept.readInt32BE(this.#headerBytes - LENGTH_BYTES);
    this.#broken = this.#typed ? length < LENGTH_BYTES : length < 2 * LENGTH_BYTES || length > LONGEST_STARTUP_BYTES;
    this.#size = this.#headerBytes - LENGTH_BYTES + length;
  }

  #message(start: number): Message {
    const type = this.#typed ? this.#kept.toString('latin1', 0, 1) : '';
    const body = this.#kept.subarray(this.#headerBytes);
    const message = { type, body, whole: this.#kept.length === this.#size, start };
    this.#kept = Buffer.alloc(0);
    this.#received = 0;
    this.#size = undefined;
    return message;
  }
}
