import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { answersInTime, BOUND_MS, onFallback, recovers, tellsFailure, worksAgain } from './broken-fallback.js';
import { settledOf, toldOf } from './service.js';

leakGuard();

let postgres: PostgresServer;
let proxy: FaultProxy;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  proxy = await startProxy(postgres);
});
afterEach(() => proxy.close());

/** What spoils the file while it is open. */
const DAMAGES: Record<string, (file: string) => void> = {
  'its first page': (file) => overwrite(file, 0, 4_096),
  'its pages but the first': (file) => overwrite(file, 4_096, 4_096 * 6),
  'its log': (file) => overwrite(`${file}-wal`, 0, 64_000),
};

describe.each(Object.keys(DAMAGES))('a fallback whose file is overwritten in %s', (damage) => {
  it('answers in time, tells its failure if it fails, and never keeps PostgreSQL away', async () => {
    const service = await onFallback({ postgres, proxy });
    await service.orders.bulkCreate(Array.from({ length: 200 }, (_, n) => ({ name: `row ${n}` })));
    DAMAGES[damage]?.(service.file);
    const endsAtMs = performance.now() + 2_500;
    let failed: Error | undefined;
    while (performance.now() < endsAtMs) {
      const { error, tookMs } = await settledOf(service.orders.findAll());
      expect(tookMs).toBeLessThan(BOUND_MS);
      failed = error ?? failed;
      await answersInTime(service);
    }
    if (failed !== undefined) expect(toldOf(service, 'disconnected')).toContainEqual({ dialect: 'sqlite', reason: 'fallback-failed' });
    // The rows that were there are not thrown away.
    const files = readdirSync(dirname(service.file)).filter((name) => /\.sqlite($|\.bak)/.test(name));
    expect(files.length).toBeGreaterThan(0);
    await recovers(service, proxy);
  });
});

function overwrite(path: string, from: number, length: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, from);
  closeSync(file);
}

const canMount = (): boolean => {
  const folder = tempFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  }
};

describe('a fallback on a disk that is full', () => {
  it('is told as failed, and works again when there is room', async ({ skip }) => {
    skip(!canMount(), 'a small disk can be mounted by root only, and not in every container');
    const folder = tempFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
    const service = await onFallback({ postgres, proxy }, { storageDir: join(folder, 'sqlite') });
    fill(join(folder, 'filler'));
    let refused: Error | undefined;
    for (let turn = 0; refused === undefined && turn < 500; turn += 1) {
      const { error, tookMs } = await settledOf(service.orders.bulkCreate(Array.from({ length: 20 }, () => ({ name: 'x'.repeat(200) }))));
      expect(tookMs).toBeLessThan(BOUND_MS);
      refused = error;
    }
    expect(String(refused)).toContain('SQLITE_FULL');
    await tellsFailure(service);
    expect(toldOf(service, 'disconnected')).toContainEqual({ dialect: 'sqlite', reason: 'fallback-failed' });
    await answersInTime(service);

    rmSync(join(folder, 'filler'));
    await worksAgain(service);
    expect(await service.inSqlite()).toContain('kept');
    await recovers(service, proxy);
  });
});

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096));
  } catch {
    // It is full.
  } finally {
    closeSync(file);
  }
}

const NOBODY = 65_534;

describe('a fallback whose file may not be written any more', () => {
  it('answers in time, tells its failure if it fails, and works again when it may', async ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can become somebody whom permissions bind, and root again');
    const folder = tempFolder();
    const storageDir = join(folder, 'sqlite');
    mkdirSync(storageDir);
    const owned = () => [storageDir, ...readdirSync(storageDir).map((name) => join(storageDir, name))];
    chmodSync(folder, 0o755);
    const service = await onFallback({ postgres, proxy }, { storageDir });
    for (const path of owned()) chownSync(path, NOBODY, NOBODY);
    for (const path of owned().reverse()) chmodSync(path, path === storageDir ? 0o555 : 0o444);
    process.seteuid?.(NOBODY);
    onTestFinished(() => process.seteuid?.(0));
    const endsAtMs = performance.now() + 2_000;
    let failed: Error | undefined;
    while (performance.now() < endsAtMs) {
      const { error, tookMs } = await settledOf(service.orders.create({ name: 'during' }));
      expect(tookMs).toBeLessThan(BOUND_MS);
      failed = error ?? failed;
      await answersInTime(service);
    }
    if (failed !== undefined) expect(toldOf(service, 'disconnected')).toContainEqual({ dialect: 'sqlite', reason: 'fallback-failed' });
    process.seteuid?.(0);
    for (const path of owned()) chmodSync(path, path === storageDir ? 0o755 : 0o644);
    await worksAgain(service);
    await recovers(service, proxy);
  });
});
