import { leavingOut } from '../dialect/client/leave-out.js';
import { tokenize } from '../dialect/sql/lexer.js';
import { ConfigurationError } from '../errors.js';
import type { OnUnsupported, UnsupportedStatement } from '../options.js';

/** Runs a step of a migration; statements that the fallback can't have are left out where that is wanted. */
export async function withUnsupported(
  onUnsupported: OnUnsupported,
  migration: string,
  step: () => Promise<unknown>,
  leftOut: (statement: string, reason: string) => void,
): Promise<void> {
  if (onUnsupported === 'error') {
    await step();
    return;
  }
  await leavingOut((refusal, statement) => {
    const reason = `${refusal.feature} is not available on the SQLite fallback`;
    const refused = { migration, statement, reason, remedy: refusal.workaround };
    if (!isLeftOut(onUnsupported, refused)) return false;
    leftOut(statement, reason);
    return true;
  }, step);
}

function isLeftOut(onUnsupported: OnUnsupported, refused: UnsupportedStatement): boolean {
  if (typeof onUnsupported === 'string') return !isAboutRows(refused.statement);
  const answer = onUnsupported(refused) as unknown;
  if (answer === undefined || answer === 'error' || answer === 'skip') return answer === 'skip';
  if (answer instanceof Promise) answer.catch(() => undefined);
  throw new ConfigurationError('onUnsupported', "must answer with 'error' or 'skip', at once", typeof answer);
}

const DATA: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'with', 'values', 'copy', 'merge', 'truncate', '(']);

/** A statement that reads or changes rows: the next one may rest on what it has done. It takes a function to leave it out. */
function isAboutRows(statement: string): boolean {
  const [first] = tokenize(statement);
  return first === undefined || DATA.has(statement.slice(first.start, first.end).toLowerCase());
}
