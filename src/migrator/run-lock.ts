import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseLock } from '../databases/database-lock.js';
import type { DatabaseInstance } from '../databases/database.js';
import { ConfigurationError } from '../errors.js';

/** Who waits for the lock asks this often. */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;
/** While a migration runs its lock is looked after this often: where it is gone, so is the server. */
const HEARTBEAT_MS = 10_000;

interface Held {
  readonly owner: object;
  readonly key: string;
}

/** The locks that the running code has. */
const held = new AsyncLocalStorage<readonly Held[]>();

/** The locks that the running code has, for work that is begun outside of its context. */
export const heldLocks = (): readonly Held[] => held.getStore() ?? [];

/** Runs work as code that has these locks. */
export const asHolder = <T>(locks: readonly Held[], work: () => Promise<T>): Promise<T> => held.run(locks, work);

interface LockOptions {
  /** Whose database it is. */
  readonly owner: object;
  readonly name: string;
  /** Hears each time that somebody else has it. */
  readonly onWait: () => void;
  /** Hears that the lock's connection gave no answer while the work went on. */
  readonly onSilence: (error: Error) => void;
}

/**
 * Runs `work` while this process has the lock.
 *
 * @throws ConfigurationError within work that has it
 */
export async function withLock<T>(
  instance: DatabaseInstance,
  { owner, name, onWait, onSilence }: LockOptions,
  work: (lock: DatabaseLock) => Promise<T>,
): Promise<T> {
  const key = `${instance.role}:${name}`;
  const outer = heldLocks();
  if (outer.some((lock) => lock.owner === owner && lock.key === key)) {
    throw new ConfigurationError(
      'migrations',
      `can't be run on the ${instance.role} within one of its own migrations: it would wait for itself`,
    );
  }
  const lock = await instance.openLock(name);
  try {
    await take(lock, instance, onWait);
    return await asHolder([...outer, { owner, key }], () => lookedAfter(lock, onSilence, work));
  } finally {
    await lock.close();
  }
}

async function take(lock: DatabaseLock, instance: DatabaseInstance, onWait: () => void): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (!(await lock.tryTake())) {
    onWait();
    // With jitter: ten that were started together do not ask together.
    await sleep(waitMs * (0.5 + Math.random() / 2));
    if (instance.lost !== undefined) throw instance.lost;
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function lookedAfter<T>(lock: DatabaseLock, onSilence: (error: Error) => void, work: (lock: DatabaseLock) => Promise<T>): Promise<T> {
  const timer = setInterval(() => void lock.check().catch(onSilence), HEARTBEAT_MS);
  timer.unref();
  try {
    return await work(lock);
  } finally {
    clearInterval(timer);
  }
}
