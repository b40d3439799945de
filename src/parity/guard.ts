import type { Sequelize } from 'sequelize';
import type { SessionStart } from '../dialect/client/session-start.js';
import { culpritColumns, Examiner, withoutValues } from '../dialect/examiner.js';
import { PgError } from '../dialect/pg-error.js';
import { UnsupportedOnFallbackError } from '../errors.js';
import { internalsOf, type ModelInternals } from '../sequelize-internals.js';
import { Backlog } from './backlog.js';
import { findingOf, type Found } from './describe.js';
import type { ParityFinding, ParityMode, ParityReport } from './finding.js';
import { whereOf } from './finding.js';
import { IS_THERE, isRefusal, type Refusal, Shadow } from './shadow.js';
import { Shapes } from './shapes.js';

/** What a statement's examination showed. */
interface Examined {
  readonly error?: Refusal;
  readonly dependsOnValues?: boolean;
}

export interface GuardParts {
  readonly mode: Exclude<ParityMode, 'off'>;
  readonly sequelize: Sequelize;
  /** How sessions begin: the search path decides which tables are meant. */
  readonly start: SessionStart;
  /** Whether the fallback's tables are those of the models and no others. */
  readonly hasModelTablesOnly: boolean;
  /** Hears of each finding once. */
  readonly tell: (finding: ParityFinding) => void;
  /** Whether nobody is interested any more. */
  readonly isOver: () => boolean;
}

/** A longer text, a bulk insert most likely, would take its time from the program. */
const MAX_CHARACTERS = 20_000;
const MAX_FINDINGS = 1_000;

/** While PostgreSQL is active, finds what the fallback could not do: each model, and each statement that PostgreSQL has answered. */
export class ParityGuard {
  readonly mode: Exclude<ParityMode, 'off'>;
  readonly #parts: GuardParts;
  readonly #shadow: Shadow;
  readonly #examiner = new Examiner();
  readonly #shapes = new Shapes();
  readonly #findings = new Map<string, ParityFinding>();
  readonly #backlog: Backlog;
  /** What the program's tables are is not known any more: it has changed some itself, or where they are looked for. */
  #isUnsure = false;
  #tooLong = 0;
  /** Counts the definitions of models. */
  #definitions = 0;
  #toldRefusals: Shadow['refusals'] = [];

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.mode = parts.mode;
    this.#shadow = new Shadow(parts.sequelize, parts.start);
    this.#backlog = new Backlog(parts.isOver);
  }

  /**
   * Hears of a model when it was defined.
   *
   * @throws UnsupportedOnFallbackError in strict mode, and the model is forgotten
   */
  noteModel(model: ModelInternals): void {
    this.#definitions += 1;
    if (this.mode === 'warn') {
      this.#backlog.addOnce(this.#examineNextModel);
      return;
    }
    this.#shadow.refresh();
    const refused = this.#shadow.refusals.find((each) => each.model === model && this.#isNews(each.error, true));
    if (refused === undefined) return;
    const { feature, workaround, ...where } = this.#found({ ...refused, foundIn: 'definition', statement: undefined });
    const { modelManager } = internalsOf(this.#parts.sequelize) as unknown as { modelManager: { removeModel(model: unknown): void } };
    modelManager.removeModel(model);
    throw new UnsupportedOnFallbackError(feature, workaround, whereOf(where));
  }

  /** Whether a statement is worth a call of the others: nothing like it was examined before. */
  isNew(text: string): boolean {
    return this.#shapes.isNew(text);
  }

  /** Why a statement that is about to be sent must not be, in strict mode. */
  refusalOf(text: string, model: ModelInternals | undefined): UnsupportedOnFallbackError | undefined {
    if (this.mode === 'warn' || text.length > MAX_CHARACTERS) return undefined;
    const error = this.#examine(text)?.error;
    if (!(error instanceof UnsupportedOnFallbackError)) return undefined;
    const { feature, workaround, ...where } = this.#found({ foundIn: 'statement', model, error, statement: text });
    return new UnsupportedOnFallbackError(feature, workaround, whereOf(where));
  }

  /** Hears of a new statement that PostgreSQL has answered, and examines it when the program has time. `asked` is what `isNew` was asked of. */
  noteAnswered(text: string, model: ModelInternals | undefined, asked = text): void {
    if (!this.isNew(text)) return;
    this.#shapes.note(text, false);
    if (asked !== text) this.#shapes.note(asked, false);
    if (text.length > MAX_CHARACTERS) this.#tooLong += 1;
    else this.#addAnswered(text, model, this.#definitions);
    // The next one may differ in a value that decides, and must not be sent meanwhile.
    if (this.mode === 'strict') this.#backlog.finish();
  }

  /** Hears of a statement that the fallback itself has refused. */
  noteRefused(error: UnsupportedOnFallbackError, text: string, model: ModelInternals | undefined): void {
    this.#found({ foundIn: 'fallback', model, error, statement: text });
  }

  /** What was found so far; what waits to be examined is examined first. */
  report(): ParityReport {
    this.#examineModels();
    this.#backlog.finish();
    return {
      mode: this.mode,
      findings: [...this.#findings.values()],
      examined: { models: internalsOf(this.#parts.sequelize).modelManager.models.length, statements: this.#shapes.size - this.#tooLong },
      leftOut: this.#shapes.leftOut + this.#tooLong,
    };
  }

  /** One at a time: a large model takes some milliseconds. */
  readonly #examineNextModel = (): void => {
    if (this.#shadow.advance()) this.#backlog.addFirst(this.#examineNextModel);
    else this.#tellModels();
  };

  #examineModels(): void {
    this.#shadow.refresh();
    this.#tellModels();
  }

  #tellModels(): void {
    const { refusals } = this.#shadow;
    if (refusals === this.#toldRefusals) return;
    this.#toldRefusals = refusals;
    for (const refused of refusals) {
      if (this.#isNews(refused.error, true)) this.#found({ ...refused, foundIn: 'definition', statement: undefined });
    }
  }

  #addAnswered(text: string, model: ModelInternals | undefined, definitions: number): void {
    this.#backlog.add(() => this.#examineAnswered(text, model, definitions === this.#definitions));
  }

  /** `isOfNow`: no model was defined since PostgreSQL has answered, so the tables are those that the statement was made for. */
  #examineAnswered(text: string, model: ModelInternals | undefined, isOfNow: boolean): void {
    const changed = CHANGES.exec(text);
    // What a model's table is to be is known from the model.
    if (changed !== null && this.#shadow.isOfModel(changed[1] ?? '')) return;
    const { error, dependsOnValues = false } = this.#examine(text) ?? {};
    // One of a kind is enough, whatever its values are; what is about other tables is looked at again when it comes again.
    if (error instanceof PgError && !isOfNow) this.#shapes.forget(text);
    else if (error !== undefined) this.#shapes.close(text);
    else this.#shapes.note(text, dependsOnValues);
    if (error !== undefined && this.#isNews(error, isOfNow)) this.#found({ foundIn: 'statement', model, error, statement: text });
    this.#noteDefinitions(text, changed !== null);
  }

  /** Learns what the program defines itself; where that can't be followed, what its tables are is not known any more. */
  #noteDefinitions(text: string, changes: boolean): void {
    if (DEFINES.test(text)) {
      const isKnown = this.#shadow.learn(text);
      if (!isKnown || (changes && !ADDS.test(text)) || HIDES.test(text)) this.#isUnsure = true;
    } else if (changes || DEFINES_WITHIN.test(withoutValues(text))) this.#isUnsure = true;
  }

  /** What the fallback would make of a statement; nothing where that can't be told. */
  #examine(text: string): Examined | undefined {
    const first = this.#attempt(text);
    if (!(first?.error instanceof PgError) || !this.#shadow.refresh()) return first;
    this.#tellModels();
    return this.#attempt(text);
  }

  #attempt(text: string): Examined | undefined {
    try {
      return { dependsOnValues: this.#examiner.dependsOnValues(text, this.#shadow.catalog) };
    } catch (error) {
      // A defect of the examination is none of the program's.
      return isRefusal(error) ? { error } : undefined;
    }
  }

  /** PostgreSQL has answered, so its error is the fallback's alone, unless only the examination lacks what the statement is about. */
  #isNews(error: Refusal, isOfNow: boolean): boolean {
    if (!(error instanceof PgError)) return true;
    if (IS_THERE.has(error.code) || !isOfNow) return false;
    if (!IS_MISSING.has(error.code)) return true;
    return this.#parts.hasModelTablesOnly && !this.#isUnsure;
  }

  #found(found: Found): ParityFinding {
    const columns = culpritColumns(found.error);
    const finding = findingOf(found, columns, internalsOf(this.#parts.sequelize).modelManager.models);
    // Names of tables that a program makes by the hour have numbers in them.
    const key = [finding.model, finding.attribute, finding.feature.replace(/\d+/g, '0')].join('\0');
    const isAboutRefused = this.#shadow.refusals.some(
      (refused) => refused.attribute !== undefined && refused.attribute === finding.attribute && refused.model.name === finding.model,
    );
    // A refused attribute is a text meanwhile, for which other errors come.
    if (isAboutRefused && finding.foundIn === 'statement' && found.error instanceof PgError) return finding;
    const known = this.#findings.get(key);
    if (known !== undefined || this.#findings.size >= MAX_FINDINGS) return known ?? finding;
    this.#findings.set(key, finding);
    // Where the program itself was told, a line would be one too many.
    const isThrown = finding.foundIn === 'fallback' || (this.mode === 'strict' && found.error instanceof UnsupportedOnFallbackError);
    if (!isThrown) this.#parts.tell(finding);
    return finding;
  }
}

/** Relations, columns, schemas, types and unique keys that are not there, and a primary key that is. */
const IS_MISSING: ReadonlySet<string> = new Set(['42P01', '42703', '3F000', '42704', '42P10', '42P16']);

const DEFINES = /^\s*(?:create|do|alter)\b/i;
/** Behind a comment or another statement, and SELECT … INTO. */
const DEFINES_WITHIN = /\b(?:create|alter|drop)\s+\w+\s|^(?!\s*(?:insert|merge)\b).*\binto\b/is;
/** What it makes is known only when it has run. */
const HIDES = /^\s*(?:do\b|create\s+materialized\b|create\s+(?:\w+\s+){0,3}table\b[^(]*\bas\b)/i;
const ADDS = /^\s*alter\s+table\s+\S+\s+add\b/i;
/** With the name of what is changed. */
const CHANGES =
  /^\s*(?:set\s+(?:local\s+|session\s+)?search_path|(?:alter|drop)\s+(?:table|type|view|schema|index)\s+(?:if\s+exists\s+)?(?:only\s+)?(?:"?\w+"?\.)?("[^"]+"|\w+))/i;
