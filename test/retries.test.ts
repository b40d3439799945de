import { describe, expect, it } from 'vitest';
import { ConfigurationError, OutcomeUnknownError, TransactionLostError, UnitLostError } from '../src/errors.js';
import { withRetries } from '../src/routing/retries.js';

const ID = 'ours';
const lost = (transactionId = ID): TransactionLostError => new TransactionLostError('lost', { transactionId });
const callback = (): Promise<void> => Promise.resolve();

/** A run that calls back with a transaction, and fails with these errors, one after the other; then it gives `done`. */
function failing(...errors: readonly Error[]) {
  const given: (readonly unknown[])[] = [];
  const run = async ([options, fn]: readonly unknown[]): Promise<string> => {
    given.push([options, fn]);
    if (typeof fn === 'function') await (fn as (transaction: { id: string }) => unknown)({ id: ID });
    const error = errors[given.length - 1];
    if (error !== undefined) throw error;
    return 'done';
  };
  return { given, run };
}

/** `n` errors of lost transactions, each its own. */
const losses = (n: number): TransactionLostError[] => Array.from({ length: n }, () => lost());

describe('a transaction without retries', () => {
  it.each([
    { name: 'no arguments', args: [] },
    { name: 'a callback alone', args: [callback] },
    { name: 'options without it', args: [{ isolationLevel: 'SERIALIZABLE' }, callback] },
    { name: 'null in place of options', args: [null, callback] },
    { name: 'undefined', args: [{ retries: undefined }, callback] },
  ])('runs once, with its arguments untouched: $name', async ({ args }) => {
    const given: unknown[] = [];
    const error = lost();
    const run = (handed: readonly unknown[]) => {
      given.push(handed);
      return Promise.reject(error);
    };
    await expect(withRetries(args, run)).rejects.toBe(error);
    expect(given).toHaveLength(1);
    expect(given[0]).toBe(args);
  });
});

describe('retries', () => {
  it.each([
    [0, 1],
    [1, 2],
    [3, 4],
    [100, 101],
  ])('of %i are %i runs at most, and the last error is told', async (retries, runs) => {
    const errors = losses(runs + 5);
    const { given, run } = failing(...errors);
    await expect(withRetries([{ retries }, callback], run)).rejects.toBe(errors[runs - 1]);
    expect(given).toHaveLength(runs);
  });

  it('end with the first run that works', async () => {
    const { given, run } = failing(...losses(2));
    expect(await withRetries([{ retries: 5 }, callback], run)).toBe('done');
    expect(given).toHaveLength(3);
  });

  it('are not handed on, and what else was given is, each time afresh', async () => {
    const { given, run } = failing(...losses(1));
    const options = { retries: 1, isolationLevel: 'SERIALIZABLE', readOnly: true };
    await withRetries([options, callback], run);
    const expected = { isolationLevel: 'SERIALIZABLE', readOnly: true };
    expect(given.map(([handed]) => handed)).toEqual([expected, expected]);
    expect(options).toEqual({ retries: 1, isolationLevel: 'SERIALIZABLE', readOnly: true });
  });

  it('run the callback with the transaction of each run', async () => {
    const { run } = failing(...losses(2));
    const seen: unknown[] = [];
    await withRetries([{ retries: 2 }, (transaction: unknown) => void seen.push(transaction)], run);
    expect(seen).toEqual([{ id: ID }, { id: ID }, { id: ID }]);
  });

  it('are not for the loss of a transaction whose callback did not run', async () => {
    let runs = 0;
    const error = lost();
    const run = () => {
      runs += 1;
      return Promise.reject(error);
    };
    await expect(withRetries([{ retries: 5 }, callback], run)).rejects.toBe(error);
    expect(runs).toBe(1);
  });

  it.each([
    ['an outcome that is unknown', new OutcomeUnknownError('?')],
    ['the loss of another transaction', lost('another')],
    ['a lost unit', new UnitLostError('lost', { outcome: 'not-sent' })],
    ['an error that only looks like one', Object.assign(new Error('lost'), { code: 'TRANSACTION_LOST', outcome: 'rolled-back' })],
    ['an error of the program', new TypeError('x is not a function')],
  ])('are for lost transactions alone: not for %s', async (_, error) => {
    const { given, run } = failing(error);
    await expect(withRetries([{ retries: 5 }, callback], run)).rejects.toBe(error);
    expect(given).toHaveLength(1);
  });

  it('stop where another error follows', async () => {
    const error = new OutcomeUnknownError('?');
    const { given, run } = failing(lost(), error);
    await expect(withRetries([{ retries: 5 }, callback], run)).rejects.toBe(error);
    expect(given).toHaveLength(2);
  });
});

describe('retries that can not be meant', () => {
  const NUMBER = 'must be a whole number from 0 to 100';
  it.each([
    [-1, '-1'],
    [101, '101'],
    [0.5, '0.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['3', '3'],
    [true, 'true'],
    [null, 'null'],
  ])('are refused by name, rule and value: %s', async (retries, received) => {
    const { given, run } = failing();
    const refused: unknown = await withRetries([{ retries }, callback], run).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect(refused).toMatchObject({ message: `transaction.retries: ${NUMBER}; received ${received}`, option: 'transaction.retries' });
    expect(given).toEqual([]);
  });

  it.each([undefined, null, 'callback'])('are refused where the callback is %s', async (given) => {
    await expect(withRetries([{ retries: 1 }, given], failing().run)).rejects.toThrow('transaction.retries: needs a callback');
  });

  it('are refused for a savepoint', async () => {
    await expect(withRetries([{ retries: 1, transaction: {} }, callback], failing().run)).rejects.toThrow(
      'transaction.retries: is for the outermost transaction',
    );
  });

  it('are fine beside a transaction that is null', async () => {
    expect(await withRetries([{ retries: 1, transaction: null }, callback], failing().run)).toBe('done');
  });
});
