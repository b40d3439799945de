import { ConnectionAcquireTimeoutError } from 'sequelize';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WriterQueue, type Release, type WriterUse } from '../src/databases/sqlite-connections/writer-queue.js';
import { ResilienceError } from '../src/errors.js';

const limits = { acquireTimeoutMs: 60_000, ownUnitTimeoutMs: 5_000 };
const transaction = (transactionId: string, unit?: object): WriterUse => ({ unit, transactionId });
const statement = (unit?: object): WriterUse => ({ unit, transactionId: undefined });

/** Asks, and notes in `order` when it is the asker's turn; the turn lasts until `release`. */
function ask(queue: WriterQueue, name: string, order: string[], use = transaction(name)) {
  const turn = { release: (() => undefined) as Release, error: undefined as unknown };
  void queue.acquire(use).then(
    (release) => {
      order.push(name);
      turn.release = release;
    },
    (error: unknown) => (turn.error = error),
  );
  return turn;
}

const settled = () => vi.advanceTimersByTimeAsync(0);

describe('the queue for the writer', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });

  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('serves in the order of arrival, one at a time', async () => {
    const queue = new WriterQueue(limits);
    const order: string[] = [];
    const turns = ['a', 'b', 'c', 'd'].map((name) => ask(queue, name, order));
    for (const [index, turn] of turns.entries()) {
      await settled();
      expect(order).toEqual(['a', 'b', 'c', 'd'].slice(0, index + 1));
      turn.release();
    }
    expect(queue.holder).toBeUndefined();
  });

  it('lets nobody who comes later pass those who wait', async () => {
    const queue = new WriterQueue(limits);
    const order: string[] = [];
    const first = ask(queue, 'first', order);
    const second = ask(queue, 'second', order);
    await settled();
    first.release();
    // The turn is handed over in the same moment, so there is no gap to slip into.
    const late = ask(queue, 'late', order);
    await settled();
    expect(order).toEqual(['first', 'second']);
    second.release();
    await settled();
    expect(order).toEqual(['first', 'second', 'late']);
    late.release();
  });

  it('ends a turn once, however often it is given back', async () => {
    const queue = new WriterQueue(limits);
    const order: string[] = [];
    const [a, b, c] = [ask(queue, 'a', order), ask(queue, 'b', order), ask(queue, 'c', order)];
    await settled();
    a.release();
    a.release();
    await settled();
    expect(order).toEqual(['a', 'b']);
    b.release();
    await settled();
    c.release();
  });

  it('gives up after acquireTimeoutMs with the error that Sequelize has for it, and keeps the others in order', async () => {
    const queue = new WriterQueue(limits);
    const order: string[] = [];
    const holder = ask(queue, 'holder', order);
    const early = ask(queue, 'early', order);
    await vi.advanceTimersByTimeAsync(30_000);
    const [b, c] = [ask(queue, 'b', order), ask(queue, 'c', order)];
    await vi.advanceTimersByTimeAsync(29_999);
    expect(early.error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(early.error).toBeInstanceOf(ConnectionAcquireTimeoutError);
    expect((early.error as Error).message).toContain('transaction holder has the one writer');
    holder.release();
    await settled();
    b.release();
    await settled();
    c.release();
    expect(order).toEqual(['holder', 'b', 'c']);
  });

  describe('while a transaction of the same unit of work has the writer', () => {
    it('gives up after ownUnitTimeoutMs and says what to do', async () => {
      const queue = new WriterQueue(limits);
      const unit = {};
      const holder = ask(queue, 'T1', [], transaction('T1', unit));
      const forgotten = ask(queue, 'forgotten', [], statement(unit));
      const stranger = ask(queue, 'stranger', [], statement({}));
      await vi.advanceTimersByTimeAsync(4_999);
      expect(forgotten.error).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      expect(forgotten.error).toBeInstanceOf(ResilienceError);
      expect(forgotten.error).toMatchObject({ code: 'WRITE_OUTSIDE_TRANSACTION' });
      expect((forgotten.error as Error).message).toMatch(/inside transaction T1 but without \{ transaction \}.*Pass \{ transaction \}/);
      expect(stranger.error).toBeUndefined();
      holder.release();
      await settled();
      stranger.release();
    });

    it('counts from when that transaction got its turn, for one that waited before', async () => {
      const queue = new WriterQueue(limits);
      const unit = {};
      const other = ask(queue, 'other', []);
      const own = ask(queue, 'own', [], transaction('own', unit));
      const forgotten = ask(queue, 'forgotten', [], statement(unit));
      await vi.advanceTimersByTimeAsync(20_000);
      other.release();
      await vi.advanceTimersByTimeAsync(4_999);
      expect(forgotten.error).toBeUndefined();
      await vi.advanceTimersByTimeAsync(1);
      expect(forgotten.error).toMatchObject({ code: 'WRITE_OUTSIDE_TRANSACTION' });
      own.release();
    });

    it('waits as long as anyone once that transaction has ended', async () => {
      const queue = new WriterQueue(limits);
      const unit = {};
      const own = ask(queue, 'own', [], transaction('own', unit));
      const other = ask(queue, 'other', []);
      const later = ask(queue, 'later', [], statement(unit));
      await vi.advanceTimersByTimeAsync(4_000);
      own.release();
      await vi.advanceTimersByTimeAsync(20_000);
      expect(later.error).toBeUndefined();
      other.release();
      await settled();
      later.release();
    });

    it('does not take two askers without a unit for the same', async () => {
      const queue = new WriterQueue(limits);
      const holder = ask(queue, 'holder', []);
      const waiter = ask(queue, 'waiter', [], statement());
      await vi.advanceTimersByTimeAsync(10_000);
      expect(waiter.error).toBeUndefined();
      holder.release();
      await settled();
      waiter.release();
    });
  });

  it('refuses who waits and who comes later, once it refuses', async () => {
    const queue = new WriterQueue(limits);
    const holder = ask(queue, 'holder', []);
    const waiter = ask(queue, 'waiter', []);
    const lost = new Error('lost');
    queue.refuseAll(lost);
    queue.refuseAll(new Error('a second reason'));
    await settled();
    expect(waiter.error).toBe(lost);
    await expect(queue.acquire(statement())).rejects.toBe(lost);
    holder.release();
  });

  it('serves ten thousand in order', async () => {
    const queue = new WriterQueue(limits);
    const served: number[] = [];
    await Promise.all(
      Array.from({ length: 10_000 }, async (_, index) => {
        const release = await queue.acquire(statement({}));
        served.push(index);
        release();
      }),
    );
    expect(served).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  });
});
