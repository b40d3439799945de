import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../chaos/random.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { waitFor } from '../support/wait-for.js';
import { MODES, poolOf, type Shop, shopForTest } from './shop.js';

leakGuard({ scope: 'file' });

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.start());

const CALLS = 50;
const KINDS = ['read', 'create', 'raw', 'update', 'transaction', 'retried', 'unit', 'sellingUnit'] as const;
type Kind = (typeof KINDS)[number];

/** One call of the program's. `n` is in the titles of the rows that it stores. */
interface Call {
  readonly kind: Kind;
  readonly n: number;
}

/** What a call's program was told. `0` is an update that found no row. */
type Told = 'done' | 'unknown' | 'not-sent' | 'rolled-back' | '0';

const titlesOf = ({ kind, n }: Call): string[] => {
  if (kind === 'read') return [];
  return ['create', 'raw', 'update'].includes(kind) ? [`${n} done`] : [`${n} one`, `${n} two`];
};

const insert = (title: string): string => `INSERT INTO books (id, title) VALUES ('${randomUUID()}', '${title}')`;

async function run({ sequelize, connection, books }: Shop, call: Call): Promise<Told> {
  const [first = '', second = ''] = titlesOf(call);
  const sell = (retries?: number) =>
    sequelize.transaction({ ...(retries !== undefined && { retries }) }, async (transaction) => {
      await books.create({ title: first }, { transaction });
      await books.create({ title: second }, { transaction });
    });
  const acts: Record<Kind, () => Promise<unknown>> = {
    read: () =>
      call.n % 2 === 0 ? books.findAll({ limit: 5 }) : sequelize.query('SELECT count(*) FROM books', { type: QueryTypes.SELECT }),
    create: () => books.create({ title: first }),
    raw: () => sequelize.query(insert(first)),
    update: () => books.update({ title: first }, { where: { title: `${call.n} todo` } }),
    transaction: () => sell(),
    retried: () => sell(3),
    unit: () =>
      connection.unit(async () => {
        await books.count();
        await books.create({ title: first });
        await books.create({ title: second });
      }),
    sellingUnit: () =>
      connection.unit(async () => {
        await books.count();
        await sell();
      }),
  };
  const result = await acts[call.kind]();
  return call.kind === 'update' && (result as number[])[0] === 0 ? '0' : 'done';
}

const OUTCOMES: readonly unknown[] = ['unknown', 'not-sent', 'rolled-back'];

/** Only the library's own errors tell an outcome; anything else is thrown on. */
function toldBy(error: unknown): Told {
  const { outcome } = error as { outcome?: unknown };
  if (!OUTCOMES.includes(outcome)) throw error;
  return outcome as Told;
}

/** How often each title is stored, in PostgreSQL and in SQLite. */
async function contents({ postgres: inPostgres, sqlite }: Shop, fallback: boolean) {
  const sql = 'SELECT title FROM books';
  const titles = async (rows: Promise<readonly Record<string, unknown>[]>) => (await rows).map(({ title }) => title);
  const stored = { postgres: await titles(inPostgres(sql)), sqlite: fallback ? await titles(sqlite(sql)) : [] };
  const countIn = (all: readonly unknown[], title: string) => all.filter((each) => each === title).length;
  return (title: string) => [countIn(stored.postgres, title), countIn(stored.sqlite, title)] as const;
}

/** What contradicts what the program was told: a call's rows, on PostgreSQL and on SQLite. */
function contradictions(call: Call, told: Told, stored: (title: string) => readonly [number, number]): string[] {
  const rows = titlesOf(call).map(stored);
  const onEach = [0, 1].map((at) => rows.map((row) => row[at] ?? 0));
  const wholly = (n: number) => rows.every(([one, other]) => one + other === n);
  const places = onEach.filter((counts) => counts.some((n) => n > 0)).length;
  const once = rows.every(([one, other]) => one + other <= 1) && places <= 1;
  const whole = !['transaction', 'retried', 'sellingUnit'].includes(call.kind) || wholly(0) || wholly(1);
  const asTold = told === 'done' ? wholly(1) : told === 'unknown' || wholly(0);
  return once && whole && asTold ? [] : [`${call.kind} ${call.n} was told ${told}: ${JSON.stringify(rows)}`];
}

describe.each(MODES)(`${CALLS} calls of all kinds at once, whose server is killed, %s`, (_, fallback) => {
  it.each([1, 2, 3])('all settle, and what they were told is what is stored, seed %i', async (seed) => {
    const random = new Random(seed, 'mixed');
    const shop = await shopForTest(postgres, { fallback, config: { options: { detection: 'fast', maxWait: 20_000 } } });
    const calls = random.shuffled(Array.from({ length: CALLS }, (__, n): Call => ({ n, kind: KINDS[n % KINDS.length] ?? 'read' })));
    const updated = calls.filter(({ kind }) => kind === 'update');
    await shop.books.bulkCreate(updated.map(({ n }) => ({ title: `${n} todo` })));

    const told = calls.map(async (call) => {
      await sleep(random.between(0, 150));
      return await run(shop, call).catch(toldBy);
    });
    const settled = Promise.allSettled(told);
    await sleep(random.between(20, 100));
    await waitFor(() => shop.connection.getStatus().inFlight > 0, { what: 'statements in flight' });
    await postgres.kill();
    await sleep(random.between(0, 500));
    await postgres.start();

    const startedAt = performance.now();
    const answers = await settled;
    expect(performance.now() - startedAt).toBeLessThan(25_000);
    expect(answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []))).toEqual([]);
    const known = answers.map((answer) => (answer as PromiseFulfilledResult<Told>).value);
    // A read is always answered, and so is what may run again.
    expect(calls.flatMap(({ kind }, at) => (kind === 'read' && known[at] !== 'done' ? [known[at]] : []))).toEqual([]);

    await waitFor(() => shop.connection.getStatus().connected, { what: 'a database' });
    const stored = await contents(shop, fallback);
    expect(calls.flatMap((call, at) => contradictions(call, known[at] as Told, stored))).toEqual([]);
    for (const [at, { kind, n }] of calls.entries()) {
      if (kind === 'update' && known[at] !== 'unknown') expect(stored(`${n} todo`)[0], `${n} todo`).toBe(known[at] === 'done' ? 0 : 1);
    }
    // Something was in flight, and a service goes on.
    expect(shop.outcomes.length).toBeGreaterThan(0);
    expect(shop.connection.getStatus()).toMatchObject({ inFlight: 0, queued: 0 });
    await waitFor(() => poolOf(shop).using === 0, { what: 'all connections to be back in the pool' });
    await shop.books.create({ title: 'afterwards' });
  });
});
