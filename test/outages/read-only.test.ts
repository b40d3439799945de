import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { isIn, namesOf, type Service, settledOf, startService, told, toldOf } from './service.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => makeWritable());

async function setReadOnly(how: 'SET default_transaction_read_only = on' | 'RESET default_transaction_read_only'): Promise<void> {
  await postgres.query(`ALTER SYSTEM ${how}`);
  await postgres.query('SELECT pg_reload_conf()');
  const expected = how.startsWith('SET') ? 'on' : 'off';
  const isKnown = async () =>
    (await postgres.query<{ value: string }>("SELECT current_setting('transaction_read_only') AS value"))[0]?.value;
  await waitFor(async () => (await isKnown()) === expected, { what: `transaction_read_only to be ${expected}` });
}
const makeReadOnly = () => setReadOnly('SET default_transaction_read_only = on');
const makeWritable = () => setReadOnly('RESET default_transaction_read_only');

const transactionOf = ({ sequelize, orders }: Service, name: string) =>
  settledOf(sequelize.transaction((transaction) => orders.create({ name }, { transaction })));

describe('in production, a PostgreSQL that became read-only', () => {
  it('is degraded, not lost: reads go on, and writes fail with its own error', async () => {
    const service = await startService(postgres, 'production', { options: { healthCheckInterval: 300 } });
    await makeReadOnly();
    const write = await settledOf(service.orders.create({ name: 'during' }));
    expect(write.error?.original?.code).toBe('25006');
    expect(write.tookMs).toBeLessThan(5_000);
    const transaction = await transactionOf(service, 'during');
    expect(transaction.error?.original?.code).toBe('25006');
    expect(await namesOf(service)).toEqual(['before']);
    await waitFor(() => service.connection.getStatus().reason === 'not-primary', { what: 'the warning' });
    expect(service.connection.getStatus()).toMatchObject({
      ...{ state: 'primary', dialect: 'postgres', epoch: 1, warning: 'PostgreSQL is degraded: not-primary' },
    });

    await makeWritable();
    await service.orders.create({ name: 'after' });
    await waitFor(() => service.connection.getStatus().reason === null, { what: 'all to be well' });
    expect(service.connection.getStatus()).toMatchObject({ state: 'primary', epoch: 1, warning: null });
    expect(told(service)).toEqual([]);
    expect(await service.inPostgres()).toEqual(['after', 'before']);
  });
});

describe('in development, a PostgreSQL that became read-only', () => {
  it('is left for the fallback, where the write that found out is done; and gone back to when it takes writes again', async () => {
    const service = await startService(postgres, 'development');
    await makeReadOnly();
    const write = await settledOf(service.orders.create({ name: '1' }));
    expect(write.error).toBeUndefined();
    expect(write.tookMs).toBeLessThan(5_000);
    expect(service.connection.getStatus()).toMatchObject({ state: 'fallback', reason: 'not-primary', dialect: 'sqlite' });
    expect((await transactionOf(service, '2')).error).toBeUndefined();
    expect(await namesOf(service)).toEqual(['1', '2']);

    await makeWritable();
    await isIn(service, 'primary');
    await service.orders.create({ name: 'after' });
    expect(told(service)).toEqual(['disconnected', 'failover', 'connected', 'recovered', 'connected']);
    expect(toldOf(service, 'disconnected')).toEqual([{ dialect: 'postgres', reason: 'not-primary' }]);
    expect(await service.inPostgres()).toEqual(['after', 'before']);
    expect(await service.inSqlite()).toEqual(['1', '2']);
  });

  it('is left without doing a write twice that was on its way', async () => {
    const service = await startService(postgres, 'development');
    await makeReadOnly();
    const names = ['1', '2', '3', '4', '5', '6'];
    const writes = await Promise.all(names.map((name) => settledOf(service.orders.create({ name }))));
    await isIn(service, 'fallback');
    const done = names.filter((_, at) => writes[at]?.error === undefined);
    for (const { error } of writes) if (error !== undefined) expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(done.length).toBeGreaterThan(0);
    expect(await service.inSqlite()).toEqual(done);
    expect(await service.inPostgres()).toEqual(['before']);
  });

  it('is not gone back to by a probe that only reads', async () => {
    const service = await startService(postgres, 'development');
    await makeReadOnly();
    await service.orders.create({ name: 'during' });
    await waitFor(() => toldOf(service, 'healthCheckPassed').length >= 3, { what: 'probes that pass' });
    expect(service.connection.getStatus()).toMatchObject({ state: 'fallback', epoch: 2 });
  });
});
