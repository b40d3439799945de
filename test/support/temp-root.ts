import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** The machine's folder for temporary files with links resolved, never one below /proc. */
export function tempRoot(): string {
  const root = realpathSync(tmpdir());
  return root === '/proc' || root.startsWith('/proc/') ? realpathSync('/tmp') : root;
}
