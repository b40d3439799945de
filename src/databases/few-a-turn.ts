import { setImmediate as nextTurn } from 'node:timers/promises';

/** What resolves for `count` callers in each turn of the event loop, in the order they came. */
export function fewATurn(count: number): () => Promise<void> {
  let left = 0;
  let next: Promise<void> | undefined;
  return async () => {
    while (left === 0) {
      next ??= nextTurn().then(() => {
        left = count;
        next = undefined;
      });
      await next;
    }
    left -= 1;
  };
}
