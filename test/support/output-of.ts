import { spawnSync } from 'node:child_process';

/** What a small program prints; nothing when the machine doesn't have it. */
export function outputOf(program: string, args: readonly string[]): string {
  const result = spawnSync(program, args, { encoding: 'utf8' });
  return result.error ? '' : result.stdout;
}
