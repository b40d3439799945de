import { rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { answersInTime, onFallback, recovers, tellsFailure, worksAgain } from './broken-fallback.js';
import { settledOf, told, toldOf } from './service.js';

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

describe('a fallback whose file is deleted while it is open', () => {
  it('is told as failed by the next probe at the latest, and begun afresh', async () => {
    const service = await onFallback({ postgres, proxy });
    for (const suffix of ['', '-wal', '-shm']) rmSync(service.file + suffix, { force: true });
    await tellsFailure(service);
    expect(toldOf(service, 'disconnected')).toEqual([{ dialect: 'sqlite', reason: 'fallback-failed' }]);
    await answersInTime(service);
    await worksAgain(service);
    expect(told(service)).toEqual(['disconnected', 'failover', 'connected']);
    expect(service.log.join('\n')).toContain('fallback-failed');
    await recovers(service, proxy);
  });

  it('is begun afresh for the very next call, which does not wait for maxWait', async () => {
    const service = await onFallback({ postgres, proxy }, { maxWait: 20_000 });
    rmSync(service.file);
    await tellsFailure(service);
    const { error, tookMs } = await settledOf(service.orders.create({ name: 'after' }));
    expect(error).toBeUndefined();
    // A fresh one is tried at most once a second.
    expect(tookMs).toBeLessThan(5_000);
    await recovers(service, proxy);
  });

  it('is begun afresh also where its folder is gone', async () => {
    const service = await onFallback({ postgres, proxy });
    rmSync(dirname(service.file), { recursive: true });
    await tellsFailure(service);
    await worksAgain(service);
    await recovers(service, proxy);
  });

  it('is begun afresh where another file takes its place', async () => {
    const service = await onFallback({ postgres, proxy });
    rmSync(service.file);
    writeFileSync(service.file, '');
    await tellsFailure(service);
    await answersInTime(service);
    await worksAgain(service);
    await recovers(service, proxy);
  });
});
