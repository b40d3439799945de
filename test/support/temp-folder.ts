import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { tempRoot } from './temp-root.js';

const folders = new Set<string>();

// Registered on import, so that it runs after every afterAll of the test file itself (hooks run last-in first-out),
// and so that tempFolder() may be called anywhere, inside a test too.
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  folders.clear();
});

/** Makes an empty folder that is removed when the test file has ended. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tempRoot(), 'sequelize-resilient-'));
  folders.add(folder);
  return folder;
}
