import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes the System V shared memory that a killed server leaves behind, if any.
 *
 * It is only 56 bytes, but Linux has 4096 such segments in all. Best effort: the machine may not have ipcrm.
 */
export function removeSharedMemory(serverFolder: string): void {
  const id = sharedMemoryId(join(serverFolder, 'data', 'postmaster.pid'));
  if (id) spawnSync('ipcrm', ['-m', id]);
}

/** The seventh line of a server's pid file holds the segment's key and id. */
function sharedMemoryId(pidFile: string): string | undefined {
  try {
    return readFileSync(pidFile, 'utf8').split('\n')[6]?.trim().split(/\s+/)[1];
  } catch {
    return undefined;
  }
}
