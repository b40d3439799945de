import { runDefinition, withoutTemporary } from '../catalog/definitions.js';
import type { StoredCatalog } from '../catalog/catalog-store.js';
import { PgError } from '../pg-error.js';
import { noteStatement } from '../refused-statement.js';
import type { DefinitionStatement, DoStatement } from '../sql/ast.js';
import type { DataPlan } from '../translate/plan.js';
import { quoteName } from '../translate/quote.js';
import { Block, nowMicros } from './block.js';
import { commandTagOf } from './command-tags.js';
import { Deferral } from './deferral.js';
import { violatedForeignKey } from './foreign-key-check.js';
import { runForeign } from './foreign.js';
import type { Handle } from './handle.js';
import type { LiveCatalog } from './live-catalog.js';
import { type PgResult, plainResult, rowOf } from './pg-result.js';
import { runDoBlock } from './run-do.js';
import { checkParameterCount, runPlan } from './run-plan.js';
import { Settings } from './settings.js';
import { commitFailure, failureOf, isOfOldCatalog } from './statement-failure.js';
import { type Control, isControl, isDefinition, isSetting, leavesNothing, type Setting } from './step-kinds.js';
import { isReading, type PlannedStatement, type PlannedText, type Step, type TextPlanner } from './text-planner.js';

/** What all clients of one file share. */
export interface Shared {
  readonly planner: TextPlanner;
  readonly catalog: LiveCatalog;
  /** Hears of rows that were written and committed. */
  readonly noteRowsWritten: (count: number) => void;
}

/** Gives the handle that nobody else uses until the session ends. It may have to be waited for the first time. */
export type OwnHandle = () => Promise<Handle>;

/** A text with its parameters, as `pg`'s `query` takes them. */
export interface Request {
  readonly text: string;
  readonly values: readonly unknown[];
  /** `rowMode: 'array'`. */
  readonly asArrays: boolean;
}

/**
 * A session of PostgreSQL.
 *
 * Outside a block each text is a transaction of its own. In a block a statement that fails aborts it: everything is refused
 * until ROLLBACK or ROLLBACK TO. SQLite's transaction begins with the first statement of a block: until then it keeps nobody
 * from writing, as in PostgreSQL.
 */
export class Session {
  readonly #settings = new Settings();
  #block: Block | undefined;
  /** The handle on which SQLite's transaction of the block is open. */
  #opened: Handle | undefined;
  /** Why it could not be opened when it was last tried: the statement has not run, so the block is as it was. */
  #notBegun: unknown;
  #withSearchPath: { readonly of: StoredCatalog; readonly catalog: StoredCatalog } | undefined;

  constructor(
    private readonly ownHandle: OwnHandle,
    private readonly shared: Shared,
    /** SQLite itself keeps the handle from writing. */
    private readonly isReadOnly = false,
  ) {}

  /** Whether a transaction that the program began is open. */
  get isInBlock(): boolean {
    return this.#block !== undefined;
  }

  /** Runs the statements of a text and answers each. Rejects with the first failure. `planned` is the text as it is understood now. */
  async run(request: Request, planned?: PlannedText): Promise<PgResult[]> {
    try {
      return await this.#attempt(request, planned);
    } catch (error) {
      if (error !== this.#notBegun) await this.#noteFailure();
      throw error;
    }
  }

  /** Ends what is open without keeping it. Where that fails, the session stays in its block. */
  async rollBack(): Promise<void> {
    if (this.#opened !== undefined) {
      await this.#opened.exec('ROLLBACK').catch((error: unknown) => {
        // After some failures SQLite has rolled back by itself.
        if (!isNothingToRollBack(error)) throw error;
      });
    }
    this.#leaveBlock();
  }

  #leaveBlock(): void {
    this.#block = undefined;
    this.#opened = undefined;
  }

  /** The handle in SQLite's transaction of the block, which begins now where it has not yet; outside a block the session's own. */
  async #own(): Promise<Handle> {
    if (this.#opened !== undefined) return this.#opened;
    if (this.#block === undefined) return await this.ownHandle();
    try {
      const handle = await this.ownHandle();
      if (this.shared.catalog.isOld) await this.shared.catalog.refresh(handle);
      // IMMEDIATE takes the write lock at once: of two that read first and write then, one would get SQLITE_BUSY.
      await handle.exec(this.isReadOnly ? 'BEGIN DEFERRED' : 'BEGIN IMMEDIATE');
      this.#opened = handle;
      return handle;
    } catch (error) {
      this.#notBegun = error;
      throw error;
    }
  }

  /** The failure itself is what the program is to hear of. */
  async #noteFailure(): Promise<void> {
    if (this.#block?.isImplicit) await this.rollBack().catch(() => undefined);
    else if (this.#block !== undefined) this.#block.isAborted = true;
  }

  /** What another process has changed since the catalog was read is learned from the failure, and the text is run once more. */
  async #attempt(request: Request, planned: PlannedText | undefined): Promise<PgResult[]> {
    const before = this.#block;
    let text = planned;
    try {
      text = await this.#understood(request, planned);
      return await this.#runText(request, text);
    } catch (error) {
      const isKnown = before?.isAborted === true || before?.catalog !== undefined;
      if (isKnown || !isOfOldCatalog(error) || !leavesNothing(text, before)) throw error;
      if (before === undefined && this.#block !== undefined) await this.rollBack();
      if (!(await this.shared.catalog.refresh(await this.#own()))) throw error;
      return await this.#runText(request, this.#planned(request));
    }
  }

  async #runText(request: Request, text: PlannedText): Promise<PgResult[]> {
    if (request.values.length > 0 && text.steps.length > 1) {
      throw new PgError('42601', 'cannot insert multiple commands into a prepared statement');
    }
    checkParameterCount(request.values.length, text.parameters);
    const needsBlock = (text.steps.length > 1 && !text.steps.every(isReading)) || text.steps.some(isDefinition);
    const results: PgResult[] = [];
    for (const [index, step] of text.steps.entries()) {
      if (needsBlock && this.#block === undefined && !isControl(step)) this.#block = new Block(true);
      try {
        results.push(await this.#step(step, text, request));
      } catch (error) {
        noteStatement(error, index);
        throw error;
      }
    }
    if (this.#block?.isImplicit) await this.#commit();
    return results;
  }

  /** Whoever had the writer before may have changed the tables, so a text is planned when its turn has come. */
  async #understood(request: Request, planned: PlannedText | undefined): Promise<PlannedText> {
    const text = planned ?? this.#planned(request);
    const isWaiting = this.#block !== undefined && !this.#block.isAborted && this.#opened === undefined;
    if (!isWaiting || text.steps.every((step) => isControl(step) || isSetting(step))) return text;
    const before = this.#catalog;
    await this.#own();
    return this.#catalog === before ? text : this.#planned(request);
  }

  /** In an aborted block nothing is looked up: the text may name what was rolled back. */
  #planned({ text }: Request): PlannedText {
    if (this.#block?.isAborted) return this.shared.planner.parse(text);
    return this.shared.planner.plan(text, this.#catalog);
  }

  get #catalog(): StoredCatalog {
    const catalog = this.#block?.catalog ?? this.shared.catalog.current;
    const { searchPath } = this.#settings;
    if (searchPath === undefined) return catalog;
    if (this.#withSearchPath?.of !== catalog) this.#withSearchPath = { of: catalog, catalog: catalog.withSearchPath(searchPath) };
    return this.#withSearchPath.catalog;
  }

  async #step(step: Step, text: PlannedText, request: Request): Promise<PgResult> {
    if (isControl(step)) return await this.#control(step);
    if (this.#block?.isAborted) {
      throw new PgError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
    }
    const result = await this.#ordinary(step, text, request);
    if (this.#block !== undefined && !isSetting(step)) this.#block.hasQueried = true;
    return result;
  }

  async #ordinary(step: Exclude<Step, Control>, text: PlannedText, request: Request): Promise<PgResult> {
    if (step.kind === 'pending') return await this.#ordinary(this.shared.planner.planStatement(step, this.#catalog), text, request);
    if (step.kind === 'answered') return step.result;
    if (step.kind === 'planned') return await this.#data(step, text, request);
    if (step.kind === 'foreign') return await runForeign(await this.#own(), step.text);
    if (isSetting(step)) return await this.#set(step);
    if (step.kind === 'do') return await this.#do(step);
    if (!this.#block?.isImplicit || text.steps.length > 1) refuseConcurrently(step);
    return await this.#define(step);
  }

  async #data(step: PlannedStatement, { literals }: PlannedText, { values, asArrays }: Request): Promise<PgResult> {
    if (step.plan.writes) this.#refuseWrite(step.plan.command);
    const time = this.#block?.nowMicros ?? nowMicros();
    const handle = await this.#own();
    const result = await runPlan(handle, step, { literals, values, asArrays, nowMicros: time, catalog: this.#catalog });
    if (step.plan.writes) {
      this.#noteRowsWritten(result.rowCount ?? 0);
      await this.#checkImmediateKeys(step.plan);
    }
    return result;
  }

  async #define(statement: DefinitionStatement): Promise<PgResult> {
    this.#refuseWrite(commandTagOf(statement));
    // The write lock is held: what the file says now stays so until the end of this transaction.
    const handle = await this.#own();
    if (this.#block?.catalog === undefined) await this.shared.catalog.refresh(handle);
    const before = this.#catalog;
    try {
      const defined = await runDefinition(statement, handle, before, this.#block?.nowMicros);
      if (this.#block !== undefined && defined.catalog !== before) this.#block.catalog = this.#withoutSearchPath(defined.catalog);
      return { ...plainResult(firstWord(defined.command)), rowCount: defined.rowCount ?? null };
    } catch (error) {
      throw failureOf(error, before);
    }
  }

  async #do({ block }: DoStatement): Promise<PgResult> {
    const savepoint = 'sequelize-resilient do';
    await runDoBlock(block, {
      run: async (text) => {
        const request: Request = { text, values: [], asArrays: false };
        const planned = this.#planned(request);
        const [step] = planned.steps;
        return step === undefined ? plainResult(null) : await this.#step(step, planned, request);
      },
      undone: async (work) => {
        await this.#savepoint(savepoint);
        try {
          return await work();
        } catch (error) {
          await this.#rollBackTo(savepoint);
          throw error;
        } finally {
          await this.#release(savepoint);
        }
      },
    });
    return plainResult('DO');
  }

  #withoutSearchPath(catalog: StoredCatalog): StoredCatalog {
    return this.#settings.searchPath === undefined ? catalog : catalog.withSearchPath(this.shared.catalog.current.searchPath);
  }

  #refuseWrite(command: string): void {
    if (this.isReadOnly || this.#block?.isReadOnly) {
      throw new PgError('25006', `cannot execute ${command} in a read-only transaction`);
    }
  }

  #noteRowsWritten(count: number): void {
    if (this.#block === undefined) this.shared.noteRowsWritten(count);
    else this.#block.rowsWritten += count;
  }

  async #control(statement: Control): Promise<PgResult> {
    switch (statement.kind) {
      case 'begin':
        return this.#beginBlock(statement);
      case 'commit':
        return await this.#endBlock();
      case 'rollback':
        if (this.#block !== undefined) await this.rollBack();
        return plainResult('ROLLBACK');
      case 'savepoint':
        return await this.#savepoint(statement.name);
      case 'release':
        return await this.#release(statement.name);
      case 'rollback to':
        return await this.#rollBackTo(statement.name);
    }
  }

  #beginBlock({ isolation, readOnly }: Extract<Control, { kind: 'begin' }>): PgResult {
    this.#refuseWhileAborted();
    if (this.#block === undefined) this.#block = new Block(false, { isolation, isReadOnly: readOnly });
    else this.#block.isImplicit = false;
    return plainResult('BEGIN');
  }

  /** The COMMIT of an aborted block is a ROLLBACK, and says so. */
  async #endBlock(): Promise<PgResult> {
    if (this.#block?.isAborted) {
      await this.rollBack();
      return plainResult('ROLLBACK');
    }
    await this.#commit();
    return plainResult('COMMIT');
  }

  async #commit(): Promise<void> {
    const block = this.#block;
    if (block === undefined) return;
    if (this.#opened !== undefined) await this.#commitOn(this.#opened, block);
    this.#leaveBlock();
    if (block.rowsWritten > 0) this.shared.noteRowsWritten(block.rowsWritten);
  }

  async #commitOn(handle: Handle, block: Block): Promise<void> {
    try {
      const catalog = block.catalog && (await withoutTemporary(handle, block.catalog));
      const publish = catalog && (await this.shared.catalog.prepare(handle, catalog.withCommittedEnums()));
      await handle.exec('COMMIT');
      publish?.();
    } catch (error) {
      const failure = await commitFailure(handle, error, this.#catalog);
      await this.rollBack().catch(() => undefined);
      throw failure;
    }
  }

  async #savepoint(name: string): Promise<PgResult> {
    this.#refuseWhileAborted();
    const block = this.#blockFor('SAVEPOINT');
    await (await this.#own()).exec(`SAVEPOINT ${quoteName(name)}`);
    block.addSavepoint(name);
    return plainResult('SAVEPOINT');
  }

  async #release(name: string): Promise<PgResult> {
    this.#refuseWhileAborted();
    this.#blockFor('RELEASE SAVEPOINT').release(name);
    await (await this.#own()).exec(`RELEASE ${quoteName(name)}`);
    return plainResult('RELEASE');
  }

  async #rollBackTo(name: string): Promise<PgResult> {
    this.#blockFor('ROLLBACK TO SAVEPOINT').returnTo(name);
    await (await this.#own()).exec(`ROLLBACK TO ${quoteName(name)}`);
    return plainResult('ROLLBACK');
  }

  #blockFor(command: string): Block {
    if (this.#block === undefined) throw new PgError('25P01', `${command} can only be used in transaction blocks`);
    return this.#block;
  }

  #refuseWhileAborted(): void {
    if (this.#block?.isAborted) {
      throw new PgError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
    }
  }

  async #set(statement: Setting): Promise<PgResult> {
    switch (statement.kind) {
      case 'set':
        this.#settings.set(statement.name, statement.value);
        return plainResult('SET');
      case 'set transaction':
        if (!statement.session) this.#block?.set(statement);
        return plainResult('SET');
      case 'set constraints':
        await this.#setConstraints(statement);
        return plainResult('SET');
      case 'config':
        return rowOf(
          'SELECT',
          this.#settings.config(statement, this.shared.catalog.start.settings),
          statement.items.map(({ label }) => label),
        );
      case 'show':
        return rowOf('SHOW', { [statement.name]: this.#shown(statement.name) }, [statement.name]);
    }
  }

  /** SQLite then leaves every key to the end, so that those which are not deferred are checked here. */
  async #setConstraints({ names, deferred }: Extract<Setting, { kind: 'set constraints' }>): Promise<void> {
    const block = this.#block;
    if (block === undefined) return;
    block.deferral ??= new Deferral();
    block.deferral.set(names, deferred, this.#catalog);
    await (await this.#own()).exec('PRAGMA defer_foreign_keys = ON');
    if (!deferred) await this.#checkImmediateKeys();
  }

  async #checkImmediateKeys(plan?: DataPlan): Promise<void> {
    const deferral = this.#block?.deferral;
    if (deferral === undefined) return;
    const violation = await violatedForeignKey(await this.#own(), this.#catalog, plan, (key) => deferral.isImmediate(key));
    if (violation !== undefined) throw violation;
  }

  #shown(name: string): string {
    if (name === 'transaction_isolation' && this.#block !== undefined) return this.#block.isolation;
    if (name === 'transaction_read_only' && this.#block !== undefined) return this.#block.isReadOnly ? 'on' : 'off';
    return this.#settings.show(name, this.shared.catalog.start.settings);
  }
}

/** @throws PgError for what must be a transaction of its own */
function refuseConcurrently(statement: DefinitionStatement): void {
  if (!('concurrently' in statement) || !statement.concurrently) return;
  throw new PgError('25001', `${commandTagOf(statement)} CONCURRENTLY cannot run inside a transaction block`);
}

/** `pg` answers with the first word of a command tag. */
const firstWord = (command: string): string => command.split(' ')[0] ?? command;

const isNothingToRollBack = (error: unknown): boolean => error instanceof Error && error.message.includes('no transaction is active');
