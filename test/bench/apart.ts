import { fork } from 'node:child_process';

/** The databases on which the healthy path is measured. */
export const DATABASES = ['postgres', 'sqlite'] as const;
export type DatabaseName = (typeof DATABASES)[number];

/**
 * Runs this same script for each database in a process of its own, one after the other, with `--database` added.
 *
 * The code of a process that has worked with one dialect is compiled for both when it comes to the second.
 */
export async function eachDatabaseApart(): Promise<void> {
  for (const database of DATABASES) {
    const status = await endOf(['--database', database]);
    if (status !== 0) process.exit(status);
  }
}

/** In such a process: ends it when the one that started it is gone, however that ended. */
export function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.exit(1));
  // Else the channel would hold this process when its work is done.
  process.channel.unref();
}

function endOf(more: readonly string[]): Promise<number> {
  const [, script = '', ...given] = process.argv;
  const child = fork(script, [...given, ...more]);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
