import { expect } from 'vitest';
import type { FaultProxy } from '../support/fault-proxy.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { isIn, namesOf, type Service, settledOf, startService, toldOf } from './service.js';

/** No call may take longer, whatever happens to the file. */
export const BOUND_MS = 10_000;

/** A server and the way to it. */
export interface Site {
  readonly postgres: PostgresServer;
  readonly proxy: FaultProxy;
}

/** A service on its fallback, which holds the row `kept`. */
export async function onFallback(
  { postgres, proxy }: Site,
  { storageDir, maxWait = 3_000 }: { storageDir?: string; maxWait?: number } = {},
): Promise<Service> {
  const service = await startService(postgres, 'development', {
    via: proxy,
    ...(storageDir !== undefined && { fallback: { storageDir } }),
    options: { maxWait },
  });
  await proxy.refuse();
  await settledOf(service.orders.count());
  await isIn(service, 'fallback');
  await service.orders.create({ name: 'kept' });
  service.events.length = 0;
  return service;
}

/** Whoever calls hears an answer or a clear error, and soon. */
export async function answersInTime(service: Service): Promise<void> {
  const { orders, sequelize } = service;
  const calls = [
    orders.count(),
    orders.create({ name: 'during' }),
    sequelize.transaction((transaction) => orders.create({ name: 'during too' }, { transaction })),
  ].map(settledOf);
  for (const call of calls) expect((await call).tookMs).toBeLessThan(BOUND_MS);
}

export const tellsFailure = (service: Service) =>
  waitFor(() => toldOf(service, 'disconnected').length > 0, { what: 'the failure of the fallback to be told' });

/** Works again, on a file that can be written, once calls have asked for it. */
export async function worksAgain(service: Service): Promise<void> {
  await waitFor(() => service.orders.create({ name: 'after' }), { what: 'a fallback that works' });
  expect(service.connection.getStatus()).toMatchObject({ state: 'fallback', dialect: 'sqlite', reason: 'server-down' });
  expect(await namesOf(service)).toContain('after');
  expect(await service.inSqlite()).toContain('after');
}

/** PostgreSQL was not touched by all that, and takes over. */
export async function recovers(service: Service, proxy: FaultProxy): Promise<void> {
  await proxy.restore();
  await isIn(service, 'primary');
  expect(await namesOf(service)).toEqual(['before']);
}
