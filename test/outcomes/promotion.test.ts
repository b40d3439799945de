import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { type Standby, startStandby } from '../support/standby.js';
import { waitFor } from '../support/wait-for.js';
import { attended, rejection, shopForTest } from './shop.js';
import { Wire } from './wire.js';

leakGuard({ scope: 'file' });

let primary: PostgresServer;
let standby: Standby;
let wire: Wire;
/** What the standby follows its primary through. */
let stream: Wire;

beforeAll(async () => {
  primary = await startPostgres();
  wire = await Wire.start(primary);
  stream = await Wire.start(primary);
  const { user, password } = primary;
  const conninfo = `host=${stream.host} port=${stream.port} user=${user} password=${password} sslmode=disable gssencmode=disable`;
  standby = await startStandby(primary, { settings: { primary_conninfo: conninfo } });
});
afterAll(async () => {
  await Promise.all([primary.dispose(), standby.dispose()]);
  await Promise.all([wire.close(), stream.close()]);
});

const statusOn = async (server: PostgresServer, id: string): Promise<unknown> =>
  (await server.query<{ status: unknown }>('SELECT pg_xact_status($1::text::xid8) AS status', [id]))[0]?.status;

/** Stores rows of somebody else's, each in a transaction of its own, until one has used this id. */
async function useId(server: PostgresServer, id: string): Promise<void> {
  await server.query('CREATE TABLE strangers (n int)');
  for (let last = 0n; last < BigInt(id); ) {
    const rows = await server.query<{ id: string }>('INSERT INTO strangers VALUES (1) RETURNING pg_current_xact_id()::text AS id');
    last = BigInt(rows[0]?.id ?? 0);
  }
}

describe('a COMMIT that is done and lost with its primary, before a standby had it', () => {
  it('is in doubt, although the promoted standby says that this id was committed', async () => {
    const { host, port } = standby;
    const shop = await shopForTest(primary, {
      fallback: false,
      config: {
        primary: { host: undefined, port: undefined, hosts: [`${wire.host}:${wire.port}`, { host, port }] },
        options: { detection: 'fast', maxWait: 20_000 },
      },
    });
    await shop.books.create({ title: 'before' });
    await standby.caughtUp();
    // From here on nothing more reaches the standby.
    await stream.refuse();

    const held = wire.trap(/^COMMIT/, 'hold-reply');
    let runs = 0;
    const sold = attended(
      shop.sequelize.transaction({ retries: 3 }, async (transaction) => {
        runs += 1;
        await shop.books.create({ title: 'one' }, { transaction });
      }),
    );
    await held;
    const [{ id } = { id: '' }] = (await shop.postgres(`SELECT xmin::text AS id FROM books WHERE title = 'one'`)) as { id: string }[];
    // The standby becomes what the lookup will find before the service can look at it.
    await standby.promote();
    await useId(standby, id);
    expect(await statusOn(standby, id)).toBe('committed');
    expect(await standby.query(`SELECT 1 FROM books WHERE title = 'one'`, [], shop.database)).toEqual([]);

    await wire.refuse();
    await primary.kill();
    const error = await rejection(sold);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown', transactionId: id });
    expect(runs).toBe(1);
    expect(shop.outcomes).toEqual(['transaction unknown']);

    await waitFor(() => shop.connection.getStatus().state === 'primary', { what: 'the standby to be used' });
    expect((await shop.books.findAll()).map(({ title }) => title)).toEqual(['before']);
    await shop.sequelize.transaction(async (transaction) => await shop.books.create({ title: 'after' }, { transaction }));
    expect(await standby.query('SELECT title FROM books ORDER BY title', [], shop.database)).toEqual([
      { title: 'after' },
      { title: 'before' },
    ]);
  });
});
