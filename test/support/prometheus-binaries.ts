import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from './wait-for.js';

/** Programs of one folder, `prometheus` and `promtool`. */
export interface PrometheusBinaries {
  readonly prometheus: string;
  readonly promtool: string;
  /** The first line of `promtool --version`. */
  readonly version: string;
}

const run = promisify(execFile);
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/sequelize-resilient-prometheus');
const DOWNLOAD_MS = 120_000;

let found: Promise<PrometheusBinaries | Error> | undefined;

/**
 * Prometheus: from the folder `TEST_PROMETHEUS_BIN`, from `PATH`, or Debian's package, which is fetched once and only unpacked.
 *
 * Resolves to the reason where there is none; it is printed, and the tests that need it are skipped with it in their names.
 */
export async function prometheusBinaries(): Promise<PrometheusBinaries | Error> {
  found ??= findBinaries().catch((error: unknown) => error as Error);
  const answer = await found;
  if (!(answer instanceof Error)) return answer;
  const told = new Error(
    `There is no Prometheus here, and some tests need one: ${answer.message}. TEST_PROMETHEUS_BIN=<folder> names one.`,
  );
  console.warn(`SKIPPED: ${told.message}`);
  return told;
}

async function findBinaries(): Promise<PrometheusBinaries> {
  const given = process.env['TEST_PROMETHEUS_BIN'];
  if (given) return binariesIn(given);
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), join(CACHE, 'usr/bin')]) {
    const binaries = await binariesIn(folder).catch(() => undefined);
    if (binaries !== undefined) return binaries;
  }
  await unpackPackage().catch(async (error: unknown) => {
    // Only one process at a time may read Debian's lists: the other one may have it soon.
    if (!String(error).includes('lock')) throw error;
    await waitFor(() => binariesIn(join(CACHE, 'usr/bin')), { what: 'another process to fetch Prometheus', timeoutMs: DOWNLOAD_MS });
  });
  return binariesIn(join(CACHE, 'usr/bin'));
}

async function binariesIn(folder: string): Promise<PrometheusBinaries> {
  const [prometheus, promtool] = [join(folder, 'prometheus'), join(folder, 'promtool')];
  await Promise.all([access(prometheus), access(promtool)]);
  const { stdout, stderr } = await run(promtool, ['--version']);
  return { prometheus, promtool, version: `${stdout}${stderr}`.split('\n')[0] ?? '' };
}

/** Other processes may do the same: the first to finish wins. */
async function unpackPackage(): Promise<void> {
  await mkdir(join(CACHE, '..'), { recursive: true });
  const draft = await mkdtemp(`${CACHE}-`);
  try {
    await download(draft).catch(async () => {
      await run('apt-get', ['update'], { timeout: DOWNLOAD_MS });
      await download(draft);
    });
    const [file] = (await readdir(draft)).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['-x', file ?? 'prometheus.deb', 'unpacked'], { cwd: draft, timeout: DOWNLOAD_MS });
    await rename(join(draft, 'unpacked'), CACHE).catch(() => undefined);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function download(folder: string): Promise<void> {
  await run('apt-get', ['download', 'prometheus'], { cwd: folder, timeout: DOWNLOAD_MS });
}
