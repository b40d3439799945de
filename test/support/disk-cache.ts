import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { serverTempRoot } from './server-user.js';

const keepMs = 2 * 24 * 60 * 60 * 1000;

/**
 * The folder that `build` fills on the first call of a day on this machine, and that later calls, of other processes too, find ready.
 *
 * Processes that build at the same time don't wait for each other: the first to finish wins, the others drop their work.
 * The day is part of the name because cleaners of /tmp remove old files one by one, which would leave a torn copy.
 */
export async function cachedFolder(key: string, build: (folder: string) => Promise<void>): Promise<string> {
  const cache = await cacheRoot();
  const ready = join(cache, `${key}-${new Date().toISOString().slice(0, 10)}`);
  if (existsSync(ready)) return ready;
  const draft = `${ready}.${process.pid}.${randomBytes(3).toString('hex')}`;
  await build(draft);
  await rename(draft, ready).catch((error: unknown) => dropUnlessReady(ready, draft, error));
  await removeOld(cache);
  return ready;
}

async function dropUnlessReady(ready: string, draft: string, error: unknown): Promise<void> {
  await rm(draft, { recursive: true, force: true });
  if (!existsSync(ready)) throw error;
}

async function cacheRoot(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = join(serverTempRoot(), `sequelize-resilient-cache-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const found = await lstat(folder);
  // /tmp is everybody's: a folder put there by someone else would hand us their programs.
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`${folder} belongs to somebody else`);
  return folder;
}

async function removeOld(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const entry = join(cache, name);
    const found = await stat(entry).catch(() => undefined);
    // ctime, because a copy keeps the mtime of its original.
    if (found && Date.now() - found.ctimeMs > keepMs) await rm(entry, { recursive: true, force: true });
  }
}
