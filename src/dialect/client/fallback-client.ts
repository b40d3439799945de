import { EventEmitter } from 'node:events';
import { UnsupportedOnFallbackError } from '../../errors.js';
import { currentJudge, runLeavingOut } from './leave-out.js';
import { type PgResult, plainResult } from './pg-result.js';
import type { Request } from './session.js';

type Answer = PgResult | PgResult[];
type Callback = (error: unknown, result?: Answer) => void;

/** What `pg` takes in the place of a text. */
interface QueryConfig {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly rowMode?: string;
  readonly callback?: Callback;
}

/**
 * A connection as Sequelize's postgres dialect and programs use it: a `Client` of `pg` 8 (lib/client.js).
 *
 * Callbacks are called later, never at once, and in the caller's async context.
 */
export abstract class FallbackClient extends EventEmitter {
  /** Belongs to Sequelize: its transaction writes its id here and removes it. */
  uuid: string | undefined;
  /** PostgreSQL's number of the session; here of the process, as nobody else runs it. */
  readonly processID = process.pid;

  #judged: Promise<unknown> = Promise.resolve();

  /** Runs the statements of a text. */
  protected abstract run(request: Request): Promise<PgResult[]>;

  /** Whether a transaction that the program began is open. */
  protected get isInBlock(): boolean {
    return false;
  }

  #answers(request: Request): Promise<PgResult[]> {
    const judge = currentJudge();
    if (judge === undefined) return this.run(request);
    const isInBlock = () => this.isInBlock;
    const place = {
      get isInBlock() {
        return isInBlock();
      },
      run: (part: Request) => this.run(part),
    };
    // One after the other: what is put around one of them must not stand around another.
    const answer = this.#judged.then(() => runLeavingOut(place, judge, request));
    this.#judged = answer.catch(() => undefined);
    return answer;
  }

  query(query: string | QueryConfig, values: readonly unknown[] | undefined, callback: Callback): void;
  query(query: string | QueryConfig, callback: Callback): void;
  query(query: string | QueryConfig, values?: readonly unknown[]): Promise<Answer>;
  query(query: string | QueryConfig, second?: readonly unknown[] | Callback, third?: Callback): Promise<Answer> | void {
    const config = typeof query === 'string' ? undefined : query;
    const callback = typeof second === 'function' ? second : (third ?? config?.callback);
    const values = (typeof second === 'function' ? undefined : second) ?? config?.values ?? [];
    const text = typeof query === 'string' ? query : query.text;
    const answer = isSubmittable(query)
      ? Promise.reject(new UnsupportedOnFallbackError('A cursor or stream of pg', 'Read the rows in parts with LIMIT.'))
      : this.#answers({ text, values, asArrays: config?.rowMode === 'array' }).then(asPgAnswers);
    if (callback === undefined) return answer;
    answer.then(
      (result) => callback(null, result),
      (error: unknown) => callback(error),
    );
  }

  /** Handles belong to the connections that lent them, so there is nothing to end. */
  end(callback?: (error: Error | null) => void): Promise<void> {
    if (callback !== undefined) process.nextTick(callback, null);
    return Promise.resolve();
  }
}

/** `pg` answers with a list only where the text had several statements. */
function asPgAnswers(results: PgResult[]): Answer {
  const [first] = results;
  if (first === undefined) return plainResult(null);
  return results.length === 1 ? first : results;
}

const isSubmittable = (query: unknown): boolean => typeof (query as { submit?: unknown }).submit === 'function';
