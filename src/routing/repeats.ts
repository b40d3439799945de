import type { Transaction } from 'sequelize';
import type { DatabaseInstance } from '../databases/database.js';
import type { FailureKind, Outcome } from '../words.js';
import { isRepeatable, type LostStatement, nothingSent, outcomeUnknown, partlyDone, unitLost } from './lost-work.js';
import { Repetition } from './repetition.js';
import type { Router } from './router.js';
import { settled } from './settled.js';
import { canMove, explicitUnitOf, newUnit, type UnitOfWork } from './unit-of-work.js';

const OWN_READ = { isRead: true } as const;

/** Reported as what they are when they don't pass. */
const TOLD_AS_THEY_ARE: ReadonlySet<FailureKind> = new Set(['not-primary', 'too-many-connections']);

/** Makes calls again whose database or connection was lost, where that can't do anything twice (design, section 6). */
export class Repeats {
  readonly #losses = new WeakMap<object, LostStatement>();

  constructor(private readonly router: Router) {}

  /** Notes what is known of the statement that failed with this error. */
  note(error: unknown, lost: LostStatement): void {
    if (typeof error === 'object' && error !== null) this.#losses.set(error, lost);
  }

  /**
   * Runs a call that reads. As a unit of its own it is run again, whole, when its connection or its database is lost and it
   * wrote nothing (a hook may have): on the database that is active then.
   */
  read<T>(call: () => Promise<T>, transaction: Transaction | null | undefined, ambient: () => Transaction | null | undefined): Promise<T> {
    const { router } = this;
    const isOwnUnit = !transaction && router.unit === undefined && !(transaction === undefined && ambient());
    return isOwnUnit ? this.#readUntilAnswered(call, FIRST) : router.run(call, transaction, ambient);
  }

  /**
   * Makes a call that sends a statement, within a unit, and makes it again where that statement left no trace or may be done
   * twice. The unit goes to the active database where it may; `mayMove: false` keeps it on its role.
   */
  statement<T>(call: () => Promise<T>, mayMove = true): Promise<T> {
    const { unit } = this.router;
    return settled(call).catch((error: unknown) => {
      const lost = this.#lossIn(error);
      if (lost === undefined || unit === undefined || unit.isRead || unit.fixed) throw error;
      return this.#again(call, { unit, mayMove }, lost, error);
    });
  }

  /** Resolves when a unit whose statement was lost is on an instance that works; rejects with what its caller is told otherwise. */
  async recover(where: { unit: UnitOfWork; mayMove: boolean }, lost: LostStatement, error: unknown, repetition: Repetition): Promise<void> {
    const { unit } = where;
    const recovery = await repetition.after(lost.instance, error, this.router.ports.gate);
    const explicit = explicitUnitOf(unit);
    if (recovery === 'lost' && explicit !== undefined && !(isRepeatable(lost) && canMove(unit)))
      throw unitLost(explicit, lost.instance, error);
    if (!isRepeatable(lost)) throw outcomeUnknown(error);
    if (recovery === 'no') throw this.#refusal(unit, lost, error);
    if (recovery === 'lost' && unit.instance === lost.instance) await this.#moveOn(where, lost, error);
  }

  async #again<T>(
    call: () => Promise<T>,
    where: { unit: UnitOfWork; mayMove: boolean },
    firstLoss: LostStatement,
    first: unknown,
  ): Promise<T> {
    let lost = firstLoss;
    let error = first;
    let worst = outcomeOfLoss(lost);
    const kind = firstLoss.isRead ? 'read' : 'write';
    const repetition = new Repetition();
    try {
      for (;;) {
        await this.recover(where, lost, error, repetition);
        this.router.ports.onRepeat(kind, where.unit.instance);
        try {
          return await call();
        } catch (next) {
          const loss = this.#lossIn(next);
          if (loss === undefined) throw next;
          lost = loss;
          error = next;
          worst = worse(worst, outcomeOfLoss(lost));
        }
      }
    } finally {
      // Once for a call, however often it was made.
      this.router.ports.onOutcome(kind, worst);
    }
  }

  async #moveOn({ unit, mayMove }: { unit: UnitOfWork; mayMove: boolean }, lost: LostStatement, error: unknown): Promise<void> {
    const isFree = mayMove && canMove(unit);
    const next = await this.#nextInstance(unit);
    if (!isFree && next.role !== lost.instance.role) throw this.#refusal(unit, lost, error);
    if (unit.instance === lost.instance) this.router.move(unit, next);
  }

  async #nextInstance(unit: UnitOfWork): Promise<DatabaseInstance> {
    const { gate } = this.router.ports;
    try {
      return gate.open() ?? (await gate.wait());
    } catch (error) {
      throw unit.writes > 0 ? partlyDone(error) : error;
    }
  }

  #refusal(unit: UnitOfWork, lost: LostStatement, error: unknown): unknown {
    // One that may be done twice, where it can't be.
    if (!lost.neverSent && !lost.isRead) return outcomeUnknown(error);
    if (unit.writes > 0) return partlyDone(error);
    return lost.neverSent && !TOLD_AS_THEY_ARE.has(lost.kind) ? nothingSent(error) : error;
  }

  #lossIn(error: unknown): LostStatement | undefined {
    return typeof error === 'object' && error !== null ? this.#losses.get(error) : undefined;
  }

  #readUntilAnswered<T>(call: () => Promise<T>, run: Run): Promise<T> {
    const { gate } = this.router.ports;
    const instance = gate.open();
    return instance === undefined ? gate.wait().then((next) => this.#readOn(next, call, run)) : this.#readOn(instance, call, run);
  }

  #readOn<T>(instance: DatabaseInstance, call: () => Promise<T>, { repetition, isTold }: Run): Promise<T> {
    const unit = newUnit(instance, OWN_READ);
    if (isTold) this.router.ports.onRepeat('read', instance);
    return this.router.begin(unit, call, async (error) => {
      const lost = this.#lossIn(error);
      if (lost !== undefined && !isTold) this.router.ports.onOutcome('read', outcomeOfLoss(lost));
      if (unit.writes > 0) throw lost === undefined ? error : partlyDone(error);
      if (lost === undefined && instance.lost === undefined) throw error;
      const again = repetition ?? new Repetition();
      if ((await again.after(instance, error, this.router.ports.gate)) === 'no') throw error;
      return await this.#readUntilAnswered(call, { repetition: again, isTold: true });
    });
  }
}

/** One run of a read: how often it was repeated before, and whether its loss was told. */
interface Run {
  readonly repetition: Repetition | undefined;
  readonly isTold: boolean;
}

const FIRST: Run = { repetition: undefined, isTold: false };

/** A read leaves nothing behind, like what was rolled back. */
function outcomeOfLoss({ neverSent, isRead }: LostStatement): Outcome {
  if (neverSent) return 'not-sent';
  return isRead ? 'rolled-back' : 'unknown';
}

const worse = (one: Outcome, other: Outcome): Outcome => (one === 'not-sent' ? other : one);
