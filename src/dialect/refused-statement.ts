/** Which statement of its text a refusal is about, counted from 0. */
const indexes = new WeakMap<object, number>();

/** Runs the part of a text that is about its `index`-th statement. What it throws is remembered as that one's. */
export function ofStatement<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    noteStatement(error, index);
    throw error;
  }
}

/** Remembers which statement of its text an error is about. The first word on it stays. */
export function noteStatement(error: unknown, index: number): void {
  if (typeof error === 'object' && error !== null && !indexes.has(error)) indexes.set(error, index);
}

/** Which statement of its text a refusal is about; `undefined` where that is not known. */
export const refusedStatement = (error: object): number | undefined => indexes.get(error);
