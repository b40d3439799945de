import { ResilienceError, UnsupportedOnFallbackError } from '../../errors.js';
import { nowMicros } from './block.js';
import { foreignOnlyReads, runForeign, setsForeignKeys } from './foreign.js';
import type { Handle } from './handle.js';
import type { PgResult } from './pg-result.js';
import { checkParameterCount, runPlan } from './run-plan.js';
import { type Request, Session, type Shared } from './session.js';
import { isOfOldCatalog } from './statement-failure.js';
import { isControl } from './step-kinds.js';
import { type AnsweredQuestion, isReading, type PlannedStatement, type PlannedText } from './text-planner.js';

type OnHandle = <T>(work: (handle: Handle) => Promise<T>) => Promise<T>;

/** Where single statements run. */
export interface Lender {
  /** Lends a handle for what only reads; others may use it meanwhile. */
  readonly read: OnHandle;
  /** Lends a handle for anything, when it is its turn to write. */
  readonly write: OnHandle;
  /** Says that foreign keys may be off on the writer from now on. */
  foreignKeysChanged(): void;
}

/** Runs texts outside transactions: each is committed by itself, as a whole. */
export class AutoCommit {
  constructor(
    private readonly shared: Shared,
    private readonly lender: Lender,
  ) {}

  /** Answers each statement of a text. What another process has changed is learned from a failure, and the text is run once more. */
  async run(request: Request): Promise<PgResult[]> {
    const { catalog } = this.shared;
    const refresh = () => this.lender.read((handle) => catalog.refresh(handle));
    if (catalog.isOld) await refresh();
    const progress = { isInSession: false };
    try {
      return await this.#attempt(request, progress);
    } catch (error) {
      // A session has done so itself.
      if (progress.isInSession || !isOfOldCatalog(error) || !(await refresh())) throw error;
      return await this.#attempt(request, progress);
    }
  }

  #attempt(request: Request, progress: { isInSession: boolean }): Promise<PgResult[]> {
    const { planner, catalog } = this.shared;
    const known = catalog.current;
    const text = planner.plan(request.text, known);
    if (text.steps.every(isReading)) return this.lender.read((handle) => this.#runPlans(handle, text, request));
    const [only] = text.steps;
    if (text.steps.length === 1 && only !== undefined && only.kind !== 'planned') {
      if (isControl(only)) throw notAllowed(request.text);
      if (only.kind === 'foreign') return this.#foreign(only.text);
      if (only.kind === 'create table' && only.temporary) throw temporaryAlone();
    }
    return this.lender.write((handle) => {
      // Whoever had the writer before may have changed the tables.
      const fresh = catalog.current === known ? text : planner.plan(request.text, catalog.current);
      if (fresh.steps.length === 1 && fresh.steps[0]?.kind === 'planned') return this.#runPlans(handle, fresh, request);
      progress.isInSession = true;
      return this.#runInSession(handle, fresh, request);
    });
  }

  async #runPlans(handle: Handle, text: PlannedText, { values, asArrays }: Request): Promise<PgResult[]> {
    checkParameterCount(values.length, text.parameters);
    const { current } = this.shared.catalog;
    const bindings = { literals: text.literals, values, asArrays, nowMicros: nowMicros(), catalog: current };
    const results: PgResult[] = [];
    for (const step of text.steps as readonly (PlannedStatement | AnsweredQuestion)[]) {
      const result = step.kind === 'answered' ? step.result : await runPlan(handle, step, bindings);
      if (step.kind === 'planned' && step.plan.writes) this.shared.noteRowsWritten(result.rowCount ?? 0);
      results.push(result);
    }
    return results;
  }

  async #runInSession(handle: Handle, text: PlannedText, request: Request): Promise<PgResult[]> {
    const session = new Session(() => Promise.resolve(handle), this.shared);
    try {
      const results = await session.run(request, text);
      if (!session.isInBlock) return results;
      throw notAllowed(request.text);
    } catch (error) {
      if (session.isInBlock) await session.rollBack().catch(() => Promise.reject(new LeftOpen(error)));
      throw error;
    }
  }

  async #foreign(text: string): Promise<PgResult[]> {
    if (setsForeignKeys(text)) this.lender.foreignKeysChanged();
    const run = (handle: Handle) => runForeign(handle, text);
    return [await (foreignOnlyReads(text) ? this.lender.read(run) : this.lender.write(run))];
  }
}

/** A transaction could not be ended: whoever gets this handle next would find himself in it. `cause` is the failure to tell. */
export class LeftOpen extends Error {
  constructor(override readonly cause: unknown) {
    super('A transaction was left open.');
  }
}

/** The next statement may have another session on a server, where the table isn't. */
function temporaryAlone(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError('A temporary table outside of a transaction', 'Make it and use it within one transaction.');
}

/** The next statement may belong to somebody else, who would find himself in this transaction. */
function notAllowed(text: string): ResilienceError {
  return new ResilienceError(
    'TRANSACTION_CONTROL_OUTSIDE_TRANSACTION',
    `'${text.trim().slice(0, 40)}' can't be sent as a single statement: connections are shared. Use sequelize.transaction().`,
  );
}
