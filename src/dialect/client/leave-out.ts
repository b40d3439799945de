import { AsyncLocalStorage } from 'node:async_hooks';
import { UnsupportedOnFallbackError } from '../../errors.js';
import { tokenize } from '../sql/lexer.js';
import { type PgResult, plainResult } from './pg-result.js';
import type { Request } from './session.js';

/** Says whether a statement that the fallback can't have may be left out, as if it had answered with no rows. */
export type MayLeaveOut = (refusal: UnsupportedOnFallbackError, statement: string) => boolean;

const judges = new AsyncLocalStorage<MayLeaveOut>();

/** Runs `work` so that its statements which are refused are judged first. */
export const leavingOut = <T>(judge: MayLeaveOut, work: () => Promise<T>): Promise<T> => judges.run(judge, work);

/** Who judges the running code's statements. */
export const currentJudge = (): MayLeaveOut | undefined => judges.getStore();

/** A connection as far as it is needed here. */
interface Place {
  readonly isInBlock: boolean;
  run(request: Request): Promise<PgResult[]>;
}

/** They end, begin or divide blocks, so that nothing can be put around them. */
const CONTROLS = /^\s*(?:begin|start|commit|end|rollback|abort|savepoint|release|set|show)\b/i;
const SAVEPOINT = '"sequelize-resilient"';

/** Runs a text whose refused statements may be left out. */
export async function runLeavingOut(place: Place, judge: MayLeaveOut, request: Request): Promise<PgResult[]> {
  const answer = await attempted(place, request);
  if (!(answer instanceof UnsupportedOnFallbackError)) return answer;
  const statements = statementsOf(request.text);
  if (statements.length < 2) return judged(judge, answer, request.text);
  // Of several one is refused: the others are wanted.
  const results: PgResult[] = [];
  for (const text of statements) {
    const each = await attempted(place, { ...request, text });
    results.push(...(each instanceof UnsupportedOnFallbackError ? judged(judge, each, text) : each));
  }
  return results;
}

function judged(judge: MayLeaveOut, refusal: UnsupportedOnFallbackError, text: string): PgResult[] {
  if (!judge(refusal, text)) throw refusal;
  return [plainResult('')];
}

/** A refusal aborts the block like any error: within a savepoint what went before it stays. */
async function attempted(place: Place, request: Request): Promise<PgResult[] | UnsupportedOnFallbackError> {
  const isWithin = place.isInBlock && !CONTROLS.test(request.text);
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

/** The statements of a text each by itself; one that can't be divided is its only one. */
function statementsOf(text: string): string[] {
  try {
    const ends = tokenize(text).filter((token) => token.kind === 'end' || text.slice(token.start, token.end) === ';');
    return ends.map(({ start }, index) => text.slice(index === 0 ? 0 : ends[index - 1]?.end, start).trim()).filter((each) => each !== '');
  } catch {
    return [text];
  }
}
