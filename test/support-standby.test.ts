import { afterAll, beforeAll, expect, it } from 'vitest';
import { leakGuard } from './support/leak-guard.js';
import { type PostgresServer, startPostgres } from './support/postgres-server.js';
import { type Standby, startStandby } from './support/standby.js';

leakGuard({ scope: 'file' });

let primary: PostgresServer;
let standby: Standby;

beforeAll(async () => {
  primary = await startPostgres();
  await primary.query('CREATE TABLE note (text text)');
  standby = await startStandby(primary);
});
afterAll(() => Promise.all([primary.dispose(), standby.dispose()]));

const identifierOf = async (server: PostgresServer) => (await server.query('SELECT system_identifier FROM pg_control_system()'))[0];
const textsIn = async (server: PostgresServer) => (await server.query<{ text: string }>('SELECT text FROM note')).map(({ text }) => text);

it('follows its primary, can not be written to, and is of the same cluster', async () => {
  await primary.query("INSERT INTO note VALUES ('first')");
  await standby.caughtUp();
  expect(await textsIn(standby)).toEqual(['first']);
  await expect(standby.query("INSERT INTO note VALUES ('no')")).rejects.toMatchObject({ code: '25006' });
  expect(await identifierOf(standby)).toEqual(await identifierOf(primary));
});

it('can be written to after its promotion, with what the killed primary had committed', async () => {
  await primary.query("INSERT INTO note VALUES ('last')");
  await standby.caughtUp();
  await primary.kill();
  await standby.promote();
  await standby.query("INSERT INTO note VALUES ('new')");
  expect(await textsIn(standby)).toEqual(['first', 'last', 'new']);
});
