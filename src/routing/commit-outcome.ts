import type { Transaction } from 'sequelize';
import type { MarkResult } from '../databases/database.js';
import { isSavepoint, transactionInternals } from '../sequelize-internals.js';
import type { Outcome } from '../words.js';
import { commitUnknown, lossOf, transactionLost } from './lost-work.js';
import type { TransactionState } from './open-transactions.js';
import type { Router } from './router.js';

const COMMIT = { isRead: false, idempotent: false } as const;

/**
 * Sends a transaction's COMMIT and finds out what became of it where its reply is lost: then it resolves as if the reply had
 * come, and leaves in the transaction's state what the caller is to be told instead.
 *
 * Sequelize's own way for a COMMIT that rejects prints a warning and runs the `afterCommit` hooks (lib/transaction.js of
 * sequelize 6.37.8), which must not be for one that was rolled back.
 */
export async function sendCommit(router: Router, transaction: Transaction, send: () => Promise<unknown>): Promise<unknown> {
  const state = router.transactions.of(transaction);
  if (state === undefined || isSavepoint(transaction)) return await send();
  state.isCommitting = true;
  try {
    return await send();
  } catch (error) {
    const loss = lossOf(error, router.ports.classify(error), COMMIT, state.instance);
    if (loss === undefined) throw error;
    await settle(router, transaction, state, { error, neverSent: loss.neverSent });
  }
  if (state.failure !== undefined) transactionInternals(transaction)._afterCommitHooks = [];
  await dropConnection(transaction);
  return undefined;
}

/** Sends a ROLLBACK. One whose connection is gone is done: the server rolls back what it had open. */
export async function sendRollback(router: Router, transaction: Transaction, send: () => Promise<unknown>): Promise<unknown> {
  const state = router.transactions.of(transaction);
  try {
    return await send();
  } catch (error) {
    if (state === undefined || lossOf(error, router.ports.classify(error), COMMIT, state.instance) === undefined) throw error;
    noteLost(router, transaction, error);
    if (!isSavepoint(transaction)) await dropConnection(transaction);
    return undefined;
  }
}

/** Ends a transaction whose connection is gone: a rollback has nothing left to do, and a commit can't be. */
export async function endLost(router: Router, transaction: Transaction, how: 'commit' | 'rollback', why: unknown): Promise<void> {
  const own = transactionInternals(transaction);
  own.finished = how;
  await dropConnection(transaction);
  noteLost(router, transaction, why);
  const state = router.transactions.of(transaction);
  if (how === 'commit' && state !== undefined) throw transactionLost(transaction, state.instance, why);
}

/** Notes why a transaction is lost; that it is rolled back is told once. */
export function noteLost(router: Router, transaction: Transaction, why: unknown): void {
  const state = router.transactions.of(transaction);
  if (state === undefined || state.lost !== undefined) return;
  state.lost = why;
  // One that never began is begun again.
  if (state.isBeginning) return;
  router.ports.onOutcome('transaction', 'rolled-back');
}

async function settle(
  router: Router,
  transaction: Transaction,
  state: TransactionState,
  { error, neverSent }: { error: unknown; neverSent: boolean },
): Promise<void> {
  const mark = await state.mark;
  const outcome = await commitOutcome(router, state, mark, neverSent);
  router.ports.onOutcome('transaction', outcome);
  if (outcome === 'rolled-back') state.failure = transactionLost(transaction, state.instance, error);
  else if (outcome === 'unknown') {
    const transactionId = typeof mark === 'object' ? mark.id : undefined;
    router.ports.onCommitUnknown(transactionId);
    state.failure = commitUnknown(transaction, transactionId, error);
  }
}

async function commitOutcome(router: Router, state: TransactionState, mark: MarkResult | undefined, neverSent: boolean): Promise<Outcome> {
  if (neverSent || !state.instance.losesAnswers) return 'rolled-back';
  // Nothing to store, and nothing that could be lost.
  if (!state.wrote) return 'committed';
  // The question before COMMIT had no answer, so COMMIT was not sent.
  if (mark === 'lost') return 'rolled-back';
  return typeof mark === 'object' ? await router.ports.lookUp(mark) : 'unknown';
}

/** The pool may have dropped it already. */
async function dropConnection(transaction: Transaction): Promise<void> {
  await transactionInternals(transaction)
    .forceCleanup()
    .catch(() => undefined);
}
