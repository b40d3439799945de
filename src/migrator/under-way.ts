import type { DatabaseInstance } from '../databases/database.js';

interface UnderWay {
  count: number;
  readonly whenIdle: (() => void)[];
}

const underWay = new WeakMap<DatabaseInstance, UnderWay>();

/** Whether a migration is under way on an instance. */
export const isMigrating = (instance: DatabaseInstance): boolean => underWay.has(instance);

/** Resolves when no migration is under way on an instance. */
export async function whenMigrated(instance: DatabaseInstance): Promise<void> {
  const state = underWay.get(instance);
  if (state !== undefined) await new Promise<void>((resolve) => state.whenIdle.push(resolve));
}

/** Runs a migration, from the record of its beginning to that of its end. */
export async function asMigration<T>(instance: DatabaseInstance, work: () => Promise<T>): Promise<T> {
  const state = underWay.get(instance) ?? { count: 0, whenIdle: [] };
  underWay.set(instance, state);
  state.count += 1;
  try {
    return await work();
  } finally {
    state.count -= 1;
    if (state.count === 0) {
      underWay.delete(instance);
      for (const resolve of state.whenIdle) resolve();
    }
  }
}
