import { AsyncLocalStorage } from 'node:async_hooks';
import { UnsupportedOnFallbackError } from '../../errors.js';
import { tokenize } from '../sql/lexer.js';
import { type PgResult, plainResult } from './pg-result.js';
import { refusedStatement } from '../refused-statement.js';
import type { Request } from './session.js';

/** Says whether a statement that the fallback can't have may be left out, as if it had answered with no rows. */
export type MayLeaveOut = (refusal: UnsupportedOnFallbackError, statement: string) => boolean;

const judges = new AsyncLocalStorage<{ judge: MayLeaveOut | undefined }>();

/** Runs `work` so that its statements which are refused are judged first. What it leaves behind, a timer for instance, is judged no more. */
export async function leavingOut<T>(judge: MayLeaveOut, work: () => Promise<T>): Promise<T> {
  const place: { judge: MayLeaveOut | undefined } = { judge };
  try {
    return await judges.run(place, work);
  } finally {
    place.judge = undefined;
  }
}

/** Who judges the running code's statements. */
export const currentJudge = (): MayLeaveOut | undefined => judges.getStore()?.judge;

/** A connection as far as it is needed here. */
interface Place {
  readonly isInBlock: boolean;
  run(request: Request): Promise<PgResult[]>;
}

/** They end, begin or divide blocks, so that nothing can be put around them. */
const CONTROLS: ReadonlySet<string> = new Set([
  ...['begin', 'start', 'commit', 'end', 'rollback', 'abort', 'savepoint', 'release', 'prepare', 'set', 'reset', 'show'],
]);
const SAVEPOINT = '"sequelize-resilient"';

/** Runs a text whose refused statements may be left out: without those, as a whole, as PostgreSQL runs it. */
export async function runLeavingOut(place: Place, judge: MayLeaveOut, request: Request): Promise<PgResult[]> {
  const all = statementsOf(request.text);
  if (all === undefined || all.some(({ first }) => CONTROLS.has(first))) return await place.run(request);
  let statements = all;
  for (;;) {
    const text = statements === all ? request.text : statements.map((each) => each.text).join('; ');
    const answer = await attempted(place, { ...request, text });
    if (!(answer instanceof UnsupportedOnFallbackError)) return answer;
    const index = statements.length === 1 ? 0 : refusedStatement(answer);
    const refused = index === undefined ? undefined : statements[index];
    if (refused === undefined || !judge(answer, refused.text)) throw answer;
    statements = statements.filter((each) => each !== refused);
    if (statements.length === 0) return [plainResult('')];
  }
}

/** A refusal aborts the block like any error: within a savepoint what went before it stays. */
async function attempted(place: Place, request: Request): Promise<PgResult[] | UnsupportedOnFallbackError> {
  const isWithin = place.isInBlock;
  const control = (text: string) => place.run({ text, values: [], asArrays: false });
  if (isWithin) await control(`SAVEPOINT ${SAVEPOINT}`);
  try {
    const results = await place.run(request);
    if (isWithin) await control(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    return results;
  } catch (error) {
    if (!(error instanceof UnsupportedOnFallbackError)) throw error;
    if (isWithin) {
      await control(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
      await control(`RELEASE SAVEPOINT ${SAVEPOINT}`);
    }
    return error;
  }
}

interface OneStatement {
  readonly text: string;
  /** Its first word, in small letters. */
  readonly first: string;
}

/** The statements of a text each by itself; `undefined` where it can't be divided. */
function statementsOf(text: string): OneStatement[] | undefined {
  try {
    const tokens = tokenize(text);
    const statements: OneStatement[] = [];
    let start: number | undefined;
    for (const token of tokens) {
      const isEnd = token.kind === 'end' || text.slice(token.start, token.end) === ';';
      if (!isEnd) start ??= token.start;
      else if (start !== undefined) {
        const statement = text.slice(start, token.start).trim();
        statements.push({ text: statement, first: (/^\w+/.exec(statement)?.[0] ?? '').toLowerCase() });
        start = undefined;
      }
    }
    return statements;
  } catch {
    return undefined;
  }
}
