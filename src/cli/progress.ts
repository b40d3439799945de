import { durationText } from './durations.js';
import type { MigrationEvent } from './migration-journal.js';

/** Tells how far migrations have come. */
export interface Progress {
  note(event: MigrationEvent): void;
  /** Takes away what is shown only for the moment. */
  stop(): void;
}

/** A bar where a person watches, else a line for each migration that has ended; both on stderr. */
export function progressTo(stream: NodeJS.WriteStream, json: boolean, env: NodeJS.ProcessEnv = process.env): Progress {
  const note = (event: MigrationEvent): void => {
    const line = endedLine(event);
    if (line !== undefined) stream.write(`${line}\n`);
  };
  const isWatched = stream.isTTY && !json && (env.CI ?? '') === '' && env.TERM !== 'dumb';
  return isWatched ? new Bar(stream, note) : { note, stop: () => undefined };
}

/** `primary: up 0003-orders.js (3/12) 15 ms`. Of one that failed the command's end tells. */
function endedLine({ database, direction, name, status, position, count, durationMs }: MigrationEvent): string | undefined {
  if (status !== 'finished') return undefined;
  return `${database}: ${direction} ${name} (${position}/${count}) ${durationText(durationMs ?? 0)}`;
}

const BAR_CELLS = 20;

const USUAL_COLUMNS = 80;

/** `primary [##########----------] 3/6 0003-orders.js 4 s`, cut to the terminal's width, which is 0 where it is not known. What runs is not counted as done. */
export function barLine({ database, name, position, count }: MigrationEvent, elapsedMs: number, columns: number): string {
  const full = Math.round((BAR_CELLS * (position - 1)) / Math.max(1, count));
  const bar = '#'.repeat(full).padEnd(BAR_CELLS, '-');
  const line = `${database} [${bar}] ${position}/${count} ${name} ${Math.floor(elapsedMs / 1000)} s`;
  return line.slice(0, (columns > 0 ? columns : USUAL_COLUMNS) - 1);
}

const ERASED = '\r\u001b[K';
const REDRAWN_EVERY_MS = 250;

/** Keeps the bar below whatever else is printed meanwhile, such as what a migration has to say. */
class Bar implements Progress {
  #shown: { readonly event: MigrationEvent; readonly sinceMs: number } | undefined;
  #restore: (() => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #write: NodeJS.WriteStream['write'];

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly noteEnded: (event: MigrationEvent) => void,
  ) {
    this.#write = stream.write.bind(stream);
    const undos = [process.stdout, process.stderr].map((other) => this.#giveWay(other));
    this.#restore = () => undos.forEach((undo) => undo());
    this.#timer = setInterval(() => this.#draw(), REDRAWN_EVERY_MS).unref();
  }

  note(event: MigrationEvent): void {
    if (this.#restore === undefined) return this.noteEnded(event);
    this.#shown = event.status === 'started' ? { event, sinceMs: performance.now() } : undefined;
    if (this.#shown === undefined) this.#write(ERASED);
    this.noteEnded(event);
    this.#draw();
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#shown !== undefined) this.#write(ERASED);
    this.#shown = undefined;
    this.#restore?.();
    this.#restore = undefined;
  }

  #draw(): void {
    if (this.#shown === undefined) return;
    const { event, sinceMs } = this.#shown;
    this.#write(`${ERASED}${barLine(event, performance.now() - sinceMs, this.stream.columns)}`);
  }

  /** Lets another text have the line, and draws the bar below it. Returns the undo. */
  #giveWay(stream: NodeJS.WriteStream): () => void {
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    stream.write = (...args: unknown[]) => {
      if (this.#shown !== undefined) this.#write(ERASED);
      const taken = write(...args);
      if (String(args[0]).endsWith('\n')) this.#draw();
      return taken;
    };
    return () => {
      stream.write = write;
    };
  }
}
