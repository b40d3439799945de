import type { Catalog } from '../catalog/catalog.js';
import { answerCatalogQuestion } from '../catalog/catalog-answers.js';
import type {
  CaughtInsert,
  DataStatement,
  DefinitionStatement,
  DoStatement,
  ForeignStatement,
  SessionStatement,
  Statement,
} from '../sql/ast.js';
import { ofStatement } from '../refused-statement.js';
import { maskText } from '../sql/lexer.js';
import { type ParsedStatement, parseStatements } from '../sql/parser.js';
import type { DataPlan } from '../translate/plan.js';
import { translate } from '../translate/translation.js';
import { PlanCache } from './plan-cache.js';
import type { PgResult } from './pg-result.js';
import type { ParserLookup } from './program-parsers.js';
import { RowReader } from './row-reader.js';

/** A plan with what reads its rows. */
export interface PlannedStatement {
  readonly kind: 'planned';
  readonly plan: DataPlan;
  /** None where it gives no rows. */
  readonly reader: RowReader | undefined;
  /** Whether only the handle that writes can run it. */
  readonly needsWriter: boolean;
  /** Of an INSERT whose unique violation is an answer: its literals, which the text itself has as one. */
  readonly caught: CaughtInsert | undefined;
}

/** A question about tables and types that the catalog has answered. */
export interface AnsweredQuestion {
  readonly kind: 'answered';
  readonly result: PgResult;
}

/** What is to be planned when it is its turn: the statements before it may change the catalog. */
interface PendingData {
  readonly kind: 'pending';
  readonly statement: DataStatement | CaughtInsert;
  readonly structural: ReadonlySet<number>;
  readonly text: string;
}

export type Step =
  | PlannedStatement
  | AnsweredQuestion
  | PendingData
  | DefinitionStatement
  | SessionStatement
  | ForeignStatement
  | DoStatement;

/** A text that was understood. */
export interface PlannedText {
  readonly steps: readonly Step[];
  readonly literals: readonly string[];
  /** The highest `$n` that it names. */
  readonly parameters: number;
}

/** What is kept of a text whose literals were taken out. */
interface CachedText {
  readonly steps: readonly PlannedStatement[];
  readonly parameters: number;
}

/** Makes plans of texts, and keeps them for as long as the catalog that they were made for. */
export class TextPlanner {
  readonly #caches = new WeakMap<Catalog, PlanCache<CachedText>>();

  constructor(private readonly parserOf: ParserLookup) {}

  /** @throws PgError where the text is not PostgreSQL's, or means nothing to the catalog; UnsupportedOnFallbackError */
  plan(text: string, catalog: Catalog): PlannedText {
    const { key, literals } = maskText(text);
    const cache = this.#cacheOf(catalog);
    const known = cache.get(key, literals);
    if (known !== undefined) return { ...known, literals };
    const parameters = highestParameter(key);
    const answered = answerCatalogQuestion(text, catalog);
    if (answered !== undefined) return { steps: [{ kind: 'answered', result: answered }], literals, parameters };
    const pending = parseStatements(text).map(stepOf);
    if (!pending.every(isPending)) return { steps: pending, literals, parameters };
    const steps = pending.map((step, index) => ofStatement(index, () => this.planStatement(step, catalog)));
    if (!steps.every(isPlanned)) return { steps, literals, parameters };
    const fixed = new Set(steps.flatMap(({ plan }) => [...plan.fixedLiterals]));
    if (steps.every(({ caught }) => caught === undefined)) cache.set(key, literals, fixed, { steps, parameters });
    return { steps, literals, parameters };
  }

  /** Without a look into the catalog. */
  parse(text: string): PlannedText {
    const { key, literals } = maskText(text);
    return { steps: parseStatements(text).map(stepOf), literals, parameters: highestParameter(key) };
  }

  planStatement({ statement, structural, text }: PendingData, catalog: Catalog): PlannedStatement | AnsweredQuestion {
    const answered = answerCatalogQuestion(text, catalog);
    if (answered !== undefined) return { kind: 'answered', result: answered };
    const caught = statement.kind === 'caught insert' ? statement : undefined;
    const plan = translate(statement.kind === 'caught insert' ? statement.insert : statement, catalog, structural);
    const reader = plan.columns === undefined ? undefined : new RowReader(plan.columns, this.parserOf);
    return { kind: 'planned', plan, reader, caught, needsWriter: plan.writes || ASKS_THE_WRITER.test(plan.sql) };
  }

  #cacheOf(catalog: Catalog): PlanCache<CachedText> {
    const known = this.#caches.get(catalog) ?? new PlanCache();
    this.#caches.set(catalog, known);
    return known;
  }
}

const NAMES_AND_PARAMETERS = /"(?:[^"]|"")*"|[\p{L}_][\p{L}\w$]*|\$(\d+)/gu;

function highestParameter(key: string): number {
  if (!key.includes('$')) return 0;
  let highest = 0;
  for (const [, digits] of key.matchAll(NAMES_AND_PARAMETERS)) highest = Math.max(highest, Number(digits ?? 0));
  return highest;
}

const DATA: ReadonlySet<Statement['kind']> = new Set(['select', 'insert', 'update', 'delete', 'caught insert']);

const isData = (statement: Statement): statement is DataStatement | CaughtInsert => DATA.has(statement.kind);

const stepOf = ({ statement, structural, text }: ParsedStatement): Exclude<Step, PlannedStatement | AnsweredQuestion> =>
  isData(statement) ? { kind: 'pending', statement, structural, text } : statement;

const isPlanned = (step: Step): step is PlannedStatement => step.kind === 'planned';

const isPending = (step: Step): step is PendingData => step.kind === 'pending';

/** They answer for the handle that wrote, which a reader is not. */
const ASKS_THE_WRITER = /\b(?:last_insert_rowid|changes|total_changes)\(/;

/** Whether a step certainly writes nothing, and can be answered by any handle. */
export const isReading = (step: Step): step is PlannedStatement | AnsweredQuestion =>
  step.kind === 'answered' || (step.kind === 'planned' && !step.needsWriter);
