import { leavingOut } from '../dialect/client/leave-out.js';
import type { OnUnsupported } from '../options.js';

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
    const answer = onUnsupported === 'skip' ? 'skip' : onUnsupported(refused);
    if (answer !== 'skip') return false;
    leftOut(statement, reason);
    return true;
  }, step);
}
