import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { Hosts } from '../../src/databases/hosts.js';
import { HostAsker } from '../../src/health/host-asker.js';
import type { Probe } from '../../src/health/probe.js';
import { leakGuard } from '../support/leak-guard.js';
import { makeStrangeServerFolder } from '../support/postgres-data.js';
import { type PostgresServer, startPostgres, startPostgresIn } from '../support/postgres-server.js';

leakGuard();

let first: PostgresServer;
let second: PostgresServer;

beforeAll(async () => {
  [first, second] = await Promise.all([startPostgres(), startPostgresIn(makeStrangeServerFolder)]);
});
afterAll(() => Promise.all([first.dispose(), second.dispose()]));

const identifierOf = async (server: PostgresServer) =>
  (await server.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()'))[0]?.id;

it('asks the host in use, from the change on the new one, and keeps no connection to the old one', async () => {
  const hosts = new Hosts([first, second].map(({ host, port }) => ({ host, port })));
  const { user, password, database } = first;
  const asker = new HostAsker(hosts, {
    target: { user, database, ssl: undefined, applicationName: 'probe' },
    password,
    clock: systemClock,
  });
  const ask = () => asker.run(5_000, (probe: Probe, restMs) => probe.systemIdentifier(restMs, { holdsProcess: false }));
  expect(await ask()).toBe(await identifierOf(first));
  hosts.choose(hosts.list[1]);
  expect(await ask()).toBe(await identifierOf(first));
  hosts.take();
  expect(await ask()).toBe(await identifierOf(second));
  await first.stop('smart');
  asker.drop();
});
