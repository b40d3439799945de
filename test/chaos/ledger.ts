/** What a call is, for the rules by which it is judged. A statement is one within a transaction or a unit that speaks for itself. */
export type Work = 'read' | 'write' | 'transaction' | 'unit' | 'statement';

/** What an error said. */
export interface Rejection {
  /** Its class, as `constructor.name`. */
  readonly className: string;
  readonly message: string;
  readonly code: string | undefined;
  /** The library's word on what became of the work. */
  readonly outcome: string | undefined;
  /** The first SQLSTATE along its causes. */
  readonly sqlState: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** How a call ended; `nothing` is a call that had not settled when the run gave it up. */
export type Answer = { readonly said: 'done' } | ({ readonly said: 'rejected' } & Rejection) | { readonly said: 'nothing' };

/** One call of a worker. */
export interface Entry {
  readonly id: string;
  readonly work: Work;
  readonly operation: string;
  /** What it does to the data if it succeeds, each exactly once, e.g. `row 3-17`. */
  readonly effects: readonly string[];
  /** Those of them that its answer denied, e.g. an update that found no row. */
  readonly denied: readonly string[];
  /** Whether all its effects are there or none. */
  readonly atomic: boolean;
  /** In milliseconds since the run began. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** How often its callback was called, and how often that had done its work, so that a COMMIT followed. */
  readonly callbacks: { readonly begun: number; readonly done: number; readonly allowed: number };
  readonly answer: Answer;
  /** What the call itself saw to be wrong, e.g. a transaction that doesn't read its own write. */
  readonly anomalies: readonly string[];
}

/** A call that runs: operations say here what they are about to do. */
export class OpenCall {
  readonly effects: string[] = [];
  readonly denied: string[] = [];
  readonly anomalies: string[] = [];
  readonly callbacks = { begun: 0, done: 0, allowed: 1 };
  readonly #statements: (entry: Omit<Entry, 'id'>) => void;
  #counter = 0;

  constructor(
    readonly id: string,
    readonly nowMs: () => number,
    statements: (entry: Omit<Entry, 'id'>) => void,
  ) {
    this.#statements = statements;
  }

  /** A name that no other call uses. */
  name(): string {
    this.#counter += 1;
    return `${this.id}.${this.#counter}`;
  }

  /** Must be said before the statement is issued. */
  intends(effect: string): void {
    if (!this.effects.includes(effect)) this.effects.push(effect);
  }

  denies(effect: string): void {
    this.denied.push(effect);
  }

  /** Says that something is wrong whatever the answer will be. */
  wrong(what: string): void {
    this.anomalies.push(what);
  }

  /** Runs one statement of a transaction or unit, whose rejection must have an outcome of its own; `effects` are judged by it. */
  async statement<T>(operation: string, effects: readonly string[], run: () => Promise<T>): Promise<T> {
    const startedMs = this.nowMs();
    const record = (answer: Answer): void =>
      this.#statements({
        ...{ work: 'statement', operation, effects, denied: [], atomic: true, anomalies: [], answer },
        ...{ startedMs, endedMs: this.nowMs(), callbacks: { begun: 0, done: 0, allowed: 0 } },
      });
    try {
      const result = await run();
      record({ said: 'done' });
      return result;
    } catch (error) {
      record({ said: 'rejected', ...rejectionOf(error) });
      throw error;
    }
  }
}

/** What was done and answered in a run. */
export class Ledger {
  readonly entries: Entry[] = [];
  /** How often each hook ran for each call of `create` or `bulkCreate`, e.g. `beforeCreate 3-17.1`. */
  readonly hooks = new Map<string, number>();
  readonly #startedAt = performance.now();

  readonly nowMs = (): number => Math.round((performance.now() - this.#startedAt) * 10) / 10;

  countHook(hook: string, call: string): void {
    const key = `${hook} ${call}`;
    this.hooks.set(key, (this.hooks.get(key) ?? 0) + 1);
  }

  /** Runs a call and notes its answer; never rejects. Resolves also when there is none in `giveUpMs`. */
  async record(
    about: { readonly id: string; readonly work: Work; readonly operation: string; readonly atomic: boolean; readonly giveUpMs: number },
    run: (call: OpenCall) => Promise<unknown>,
  ): Promise<Answer> {
    const { id, work, operation, atomic, giveUpMs } = about;
    const call = new OpenCall(id, this.nowMs, (entry) => this.entries.push({ id: `${id}/${this.entries.length}`, ...entry }));
    const startedMs = this.nowMs();
    const answer = await settledWithin(run(call), giveUpMs);
    const { effects, denied, callbacks, anomalies } = call;
    this.entries.push({
      ...{ id, work, operation, atomic, startedMs, endedMs: this.nowMs(), answer },
      ...{ effects: [...effects], denied: [...denied], callbacks: { ...callbacks }, anomalies: [...anomalies] },
    });
    return answer;
  }
}

async function settledWithin(work: Promise<unknown>, giveUpMs: number): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const given = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve({ said: 'nothing' }), giveUpMs);
  });
  const settled = work.then(
    (): Answer => ({ said: 'done' }),
    (error: unknown): Answer => ({ said: 'rejected', ...rejectionOf(error) }),
  );
  try {
    return await Promise.race([settled, given]);
  } finally {
    clearTimeout(timer);
  }
}

/** What an error says, its causes included. */
export function rejectionOf(error: unknown): Rejection {
  const { code, outcome, retryAfterMs, message } = (error ?? {}) as Record<string, unknown>;
  return {
    className: error instanceof Error ? error.constructor.name : typeof error,
    message: textOf(message) ?? String(error),
    code: textOf(code),
    outcome: textOf(outcome),
    sqlState: sqlStateOf(error),
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function sqlStateOf(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const { code, original, parent, cause } = error as Record<string, unknown>;
  // PostgreSQL's states have five characters and a digit; the errno names of Node have none.
  if (typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code;
  return [original, parent, cause].map((inner) => sqlStateOf(inner, depth + 1)).find(Boolean);
}
