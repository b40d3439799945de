import { ConfigurationError, TransactionLostError } from '../errors.js';

const MOST_RETRIES = 100;

/**
 * Runs `transaction({ retries: n }, fn)`: the whole callback again, at most n times, while the transaction is lost before its
 * COMMIT or was found to be rolled back. Each run begins on the database that is active then.
 *
 * @throws ConfigurationError where `retries` can't be meant
 */
export async function withRetries(args: readonly unknown[], run: (args: readonly unknown[]) => Promise<unknown>): Promise<unknown> {
  const [options, callback] = args as [{ retries?: unknown; transaction?: unknown } | null | undefined, unknown];
  if (typeof options !== 'object' || options?.retries === undefined) return await run(args);
  const { retries, ...others } = options;
  return await retried(checked(retries, others, callback), others, callback as Callback, run);
}

type Callback = (transaction: { id: string }) => unknown;

async function retried(
  retries: number,
  options: object,
  callback: Callback,
  run: (args: readonly unknown[]) => Promise<unknown>,
): Promise<unknown> {
  for (let left = retries; ; left -= 1) {
    let own: string | undefined;
    const noting: Callback = (transaction) => {
      own = transaction.id;
      return callback(transaction);
    };
    try {
      return await run([options, noting]);
    } catch (error) {
      // Another transaction that was lost, e.g. in an `afterCommit` hook, says nothing of this one.
      if (left === 0 || !(error instanceof TransactionLostError) || error.transactionId !== own) throw error;
    }
  }
}

function checked(retries: unknown, { transaction }: { transaction?: unknown }, callback: unknown): number {
  if (!Number.isInteger(retries) || (retries as number) < 0 || (retries as number) > MOST_RETRIES) {
    throw new ConfigurationError('transaction.retries', `must be a whole number from 0 to ${MOST_RETRIES}`, String(retries));
  }
  if (typeof callback !== 'function') {
    throw new ConfigurationError(
      'transaction.retries',
      'needs a callback: a transaction without one can only be begun again by its caller',
    );
  }
  if (transaction) throw new ConfigurationError('transaction.retries', 'is for the outermost transaction: a savepoint is lost with it');
  return retries as number;
}
