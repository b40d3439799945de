import { aroundAll, aroundEach } from 'vitest';
import { openFiles } from './open-files.js';
import { watchTimers } from './timer-watch.js';
import { waitFor } from './wait-for.js';

/** What holds the event loop and that a test must give back. Timers are watched one by one, because vitest has some of its own. */
const guardedResources = [
  'TCPSocketWrap',
  'TCPServerWrap',
  'TCPConnectWrap',
  'TLSWrap',
  'UDPWrap',
  'PipeServerWrap',
  'ProcessWrap',
  'FSEventWrap',
  'StatWatcher',
  'Worker',
];

/** What was opened since `watchLeaks` was called. */
export interface LeakWatch {
  /** What is still open, as readable lines, e.g. `1 x TCPServerWrap`. */
  leaks(): string[];
  stop(): void;
}

/** Between which points nothing may stay open. */
export interface LeakGuardOptions {
  /** `test`: each test gives back what it took. `file`: all tests together, after the last afterAll. @default 'test' */
  scope?: 'test' | 'file';
  /** How long closing may take. @default 5000 */
  timeoutMs?: number;
}

/**
 * Makes a test fail that leaves a socket, a timer, a child process or an open file behind.
 *
 * To be called at the top of a test file or a describe. Its hooks are around all others, so what a beforeAll opened is no leak for
 * the tests after it, and what an afterEach, onTestFinished or (`scope: 'file'`) afterAll closes is none either. Unref'd timers and
 * processes are not seen; unref'd TCP sockets are, on Linux.
 */
export function leakGuard(options: LeakGuardOptions = {}): void {
  const { scope = 'test', timeoutMs = 5000 } = options;
  const around = scope === 'file' ? aroundAll : aroundEach;
  around(async (run) => {
    const watch = watchLeaks();
    try {
      await run();
      await nothingLeft(watch, timeoutMs);
    } finally {
      watch.stop();
    }
  });
}

/** Begins to watch what is opened; for a test that asks at moments of its own. */
export function watchLeaks(): LeakWatch {
  const timers = watchTimers();
  const resources = countResources();
  const files = new Set(openFiles().map(({ fd, target }) => `${fd} ${target}`));
  return {
    leaks: () => [...newResources(resources), ...timers.running().map((place) => `timer made at ${place}`), ...newFiles(files)],
    stop: () => timers.stop(),
  };
}

async function nothingLeft(watch: LeakWatch, timeoutMs: number): Promise<void> {
  let leaks: string[] = [];
  const closed = waitFor(() => (leaks = watch.leaks()).length === 0, { timeoutMs, what: 'everything to be closed' });
  await closed.catch(() => {
    throw new Error(`left open ${timeoutMs} ms after the end:\n${leaks.map((leak) => `  - ${leak}`).join('\n')}`);
  });
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

function newResources(before: ReadonlyMap<string, number>): string[] {
  const now = countResources();
  return guardedResources.flatMap((type) => {
    const more = (now.get(type) ?? 0) - (before.get(type) ?? 0);
    return more > 0 ? [`${more} x ${type}`] : [];
  });
}

function newFiles(before: ReadonlySet<string>): string[] {
  const news = openFiles().filter(({ fd, target }) => !before.has(`${fd} ${target}`));
  return news.map(({ fd, description }) => `${description} (fd ${fd})`);
}
