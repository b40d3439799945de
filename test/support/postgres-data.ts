import { createHash } from 'node:crypto';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from './disk-cache.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { runAsServerUser, serverTempRoot, serverUser } from './server-user.js';

/** The superuser of every test server. */
export const superuser = 'postgres';

/** The superuser's password, which host connections must give (scram-sha-256). */
export const superuserPassword = 'secret-pw-7f3a';

// WAL segments of 1 MB instead of 16 make a folder of half the size to copy for each server.
const initdbArguments = [
  '--no-sync',
  '--no-instructions',
  '-U',
  superuser,
  '-A',
  'scram-sha-256',
  '-E',
  'UTF8',
  '--no-locale',
  '--wal-segsize=1',
];

/** Makes a server's folder, owned by its user, with a fresh cluster in `data`. */
export async function makeServerFolder(binaries: PostgresBinaries): Promise<string> {
  return await copyToServerFolder(await templateFolder(binaries));
}

/** As `makeServerFolder`, with a system identifier of its own: the usual ones are copies of one cluster. */
export async function makeStrangeServerFolder(binaries: PostgresBinaries): Promise<string> {
  const folder = await emptyServerFolder();
  await initialise(binaries, join(folder, 'data'));
  return folder;
}

/** Makes a server's folder, owned by its user, with a copy of a data folder in `data`. */
export async function copyToServerFolder(data: string): Promise<string> {
  const folder = await emptyServerFolder();
  await runAsServerUser('cp', ['-Rp', data, join(folder, 'data')]);
  return folder;
}

async function emptyServerFolder(): Promise<string> {
  const folder = await mkdtemp(join(serverTempRoot(), 'sr-pg-'));
  await giveToServerUser(folder);
  return folder;
}

function templateFolder(binaries: PostgresBinaries): Promise<string> {
  const identity = [binaries.folder, binaries.version, ...initdbArguments].join('\n');
  const key = createHash('sha256').update(identity).digest('hex').slice(0, 12);
  return cachedFolder(`cluster-${key}`, (folder) => initialise(binaries, folder));
}

async function initialise(binaries: PostgresBinaries, folder: string): Promise<void> {
  const passwordFile = `${folder}.password`;
  await mkdir(folder, { mode: 0o700 });
  await writeFile(passwordFile, superuserPassword, { mode: 0o600 });
  await Promise.all([giveToServerUser(folder), giveToServerUser(passwordFile)]);
  await runAsServerUser(join(binaries.folder, 'initdb'), ['-D', folder, '--pwfile', passwordFile, ...initdbArguments]);
  await rm(passwordFile);
}

/** Hands a file or folder to the server's user. */
export async function giveToServerUser(path: string): Promise<void> {
  if (serverUser.uid !== undefined && serverUser.gid !== undefined) await chown(path, serverUser.uid, serverUser.gid);
}
