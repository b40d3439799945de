import { expect, it } from 'vitest';
import { fewATurn } from '../src/databases/few-a-turn.js';

it('lets as many go on in a turn of the event loop as it was told, in the order they came', async () => {
  const turn = fewATurn(3);
  const order: number[] = [];
  const waiters = Array.from({ length: 8 }, (_, at) => turn().then(() => order.push(at)));
  const afterEachTurn: number[] = [];
  while (order.length < 8) {
    await new Promise((resolve) => setImmediate(resolve));
    afterEachTurn.push(order.length);
  }
  await Promise.all(waiters);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(Math.max(...afterEachTurn.map((count, at) => count - (afterEachTurn[at - 1] ?? 0)))).toBe(3);
});
