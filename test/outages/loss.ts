import { expect } from 'vitest';
import type { PostgresServer } from '../support/postgres-server.js';
import { type Environment, isIn, namesOf, type Service, settledOf, told, toldOf } from './service.js';
import { beginWork, expectLost, newCalls } from './work-in-flight.js';

/** A fault that takes PostgreSQL away for good, until it is repaired. */
export interface Loss {
  /** What the status may give as reason. */
  readonly reason: RegExp;
  /** How soon it must be noticed. */
  readonly noticedWithinMs: number;
  readonly strike: () => Promise<unknown>;
  readonly repair: () => Promise<unknown>;
}

const anyNumber = expect.any(Number) as unknown;
/** What a repaired server, two probes, the dwell and a busy machine may take together. */
const RECOVERY_BOUND_MS = 15_000;

/** Takes PostgreSQL away from a service that is at work, gives it back, and expects what the design promises of each moment. */
export async function livesThrough(loss: Loss, service: Service, environment: Environment, server: PostgresServer): Promise<void> {
  const work = await beginWork(service, server);
  const struckAtMs = performance.now();
  await loss.strike();
  const lostState = environment === 'production' ? 'unavailable' : 'fallback';
  await isIn(service, lostState);
  const lostAtMs = service.events.find(({ name }) => name === 'disconnected')?.atMs ?? Number.NaN;
  expect(lostAtMs - struckAtMs).toBeLessThan(loss.noticedWithinMs);
  await expectLost(service, work);
  if (environment === 'production') {
    expect(service.connection.getStatus()).toMatchObject({
      ...{
        connected: false,
        dialect: null,
        fallback: false,
        reason: expect.stringMatching(loss.reason) as unknown,
        warning: 'No database is available',
        inFlight: 0,
      },
    });
    await recoversInProduction(loss, service, work);
  } else {
    expect(service.connection.getStatus()).toMatchObject({
      ...{ connected: true, dialect: 'sqlite', fallback: true, reason: expect.stringMatching(loss.reason) as unknown, epoch: 2 },
      warning: expect.stringContaining('PostgreSQL unavailable') as unknown,
    });
    await recoversInDevelopment(loss, service, work);
  }
  expect(service.connection.getStatus()).toMatchObject({
    ...{ connected: true, dialect: 'postgres', fallback: false, reason: null, warning: null, retryAttempts: 0, inFlight: 0, queued: 0 },
    primary: { reachable: true, consecutiveFailures: 0 },
  });
  expectOutcomesTold(service);
}

type Work = Awaited<ReturnType<typeof beginWork>>;

async function recoversInProduction(loss: Loss, service: Service, work: Work): Promise<void> {
  const calls = newCalls(service, 'during');
  await loss.repair();
  await work.release();
  await isIn(service, 'primary', RECOVERY_BOUND_MS);
  expect((await work.read).value).toEqual(expect.arrayContaining(['before']));
  expect((await work.waiting).error).toBeUndefined();
  expect((await calls.read).value).toEqual(anyNumber);
  expect((await calls.write).error).toBeUndefined();
  expect((await calls.transaction).error).toBeUndefined();
  await service.orders.create({ name: 'after' });

  expect(withoutProbesBetween(service)).toEqual(['healthCheckFailed', 'disconnected', 'healthCheckPassed', 'recovered', 'connected']);
  expect(toldOf(service, 'disconnected')).toEqual([{ dialect: 'postgres', reason: expect.stringMatching(loss.reason) as unknown }]);
  expect(toldOf(service, 'recovered')).toEqual([{ from: null, to: 'postgres', epoch: 2, downtimeMs: anyNumber }]);
  expect(once(await service.inPostgres(), 'write')).toEqual(['after', 'before', 'during', 'waiting']);
  expect(await service.inPostgres('payments')).toEqual(['during']);
}

async function recoversInDevelopment(loss: Loss, service: Service, work: Work): Promise<void> {
  expect((await work.read).value).toEqual(expect.not.arrayContaining(['before']));
  expect((await work.waiting).error).toBeUndefined();
  const calls = newCalls(service, 'during');
  for (const call of [calls.read, calls.write, calls.transaction]) {
    const { error, tookMs } = await call;
    expect(error).toBeUndefined();
    expect(tookMs).toBeLessThan(3_000);
  }
  expect(await namesOf(service)).toEqual(['during', 'waiting']);
  await loss.repair();
  await work.release();
  await isIn(service, 'primary', RECOVERY_BOUND_MS);
  await service.orders.create({ name: 'after' });

  expect(withoutProbesBetween(service)).toEqual([
    ...['healthCheckFailed', 'disconnected', 'failover', 'connected'],
    ...['healthCheckPassed', 'recovered', 'connected'],
  ]);
  expect(toldOf(service, 'failover')).toEqual([
    { from: 'postgres', to: 'sqlite', reason: expect.stringMatching(loss.reason) as unknown, epoch: 2, durationMs: anyNumber },
  ]);
  expect(toldOf(service, 'recovered')).toEqual([{ from: 'sqlite', to: 'postgres', epoch: 3, downtimeMs: anyNumber }]);
  expect(once(await service.inPostgres(), 'write')).toEqual(['after', 'before']);
  expect(await service.inPostgres('payments')).toEqual([]);
  expect(await service.inSqlite()).toEqual(['during', 'waiting']);
  expect(await service.inSqlite('payments')).toEqual(['during']);
  expect((await settledOf(namesOf(service))).error).toBeUndefined();
}

/** What was told, with probes only where they are told directly before something else. */
function withoutProbesBetween(service: Service): string[] {
  const names = told(service, ['healthCheckFailed', 'healthCheckPassed']);
  return names.filter((name, at) => !name.startsWith('healthCheck') || !(names[at + 1] ?? 'healthCheck').startsWith('healthCheck'));
}

/** Names without one that may be there, at most once. */
function once(names: readonly string[], name: string): string[] {
  expect(names.filter((one) => one === name).length).toBeLessThanOrEqual(1);
  return names.filter((one) => one !== name);
}

/** One event for each piece of work that was in flight. */
function expectOutcomesTold(service: Service): void {
  const outcomes = (toldOf(service, 'outcome') as { kind: string; outcome: string }[]).map(({ kind, outcome }) => `${kind} ${outcome}`);
  expect(outcomes.sort()).toEqual([
    ...['read rolled-back', 'transaction rolled-back', 'transaction rolled-back', 'transaction rolled-back'],
    ...['write not-sent', 'write unknown'],
  ]);
}
