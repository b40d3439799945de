import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tempRoot } from '../support/temp-root.js';

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

// The test servers end with this process in the same way (test/support/process-guard.ts).
for (const [signal, number] of Object.entries(SIGNAL_NUMBERS)) process.once(signal, () => process.exit(128 + number));

/** Makes an empty folder that is removed when this process ends, also by Ctrl-C. */
export function passingFolder(): string {
  const folder = mkdtempSync(join(tempRoot(), 'sr-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }));
  return folder;
}
