import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { DataTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configFromEnv, createResilientConnection, type EventName, ResilientConnection, type ResilientConfig } from '../../src/index.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

/** Its core has no character that any encoding changes, so that no form of it is missed. */
const MARKER = 'Gehe1mnis';
const PASSWORD = `${MARKER}/p@ss:wört?#%&`;

const EVENTS: EventName[] = [
  'connected',
  'disconnected',
  'failover',
  'recovered',
  'retry',
  'healthCheckPassed',
  'healthCheckFailed',
  'driverFallback',
  'outcome',
  'closed',
];

let postgres: PostgresServer;
let proxy: FaultProxy;
/** Everything that a connection said, with where it said it. */
let said: { where: string; text: string }[];
const connections: ResilientConnection[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.query(`CREATE ROLE keeper LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
  await postgres.query("CREATE ROLE stranger LOGIN PASSWORD 'another'");
});
afterAll(() => postgres.dispose());
beforeEach(async () => {
  proxy = await startProxy(postgres);
  said = [];
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close({ timeout: 500 })));
  await proxy.close();
});

type Primary = NonNullable<ResilientConfig['primary']>;

/** The ways to hand a password over. */
const WAYS: Record<string, (username: string, database?: string) => Primary> = {
  'primary.password': (username, database = 'postgres') => ({ host: proxy.host, port: proxy.port, database, username, password: PASSWORD }),
  'primary.url': (username, database = 'postgres') => ({
    url: `postgres://${username}:${encodeURIComponent(PASSWORD)}@${proxy.host}:${proxy.port}/${database}`,
  }),
  DATABASE_URL: (username, database = 'postgres') =>
    configFromEnv({
      DATABASE_URL: `postgres://${username}:${encodeURIComponent(PASSWORD)}@${proxy.host}:${proxy.port}/${database}`,
    }).primary ?? {},
  DB_PASSWORD: (username, database = 'postgres') =>
    configFromEnv({ DB_HOST: proxy.host, DB_PORT: String(proxy.port), DB_NAME: database, DB_USER: username, DB_PASSWORD: PASSWORD })
      .primary ?? {},
};

function note(where: string, value: unknown): void {
  said.push({ where, text: String(value) }, { where: `${where}, inspected`, text: inspect(value, { depth: 10, showHidden: true }) });
  said.push({ where: `${where} as JSON`, text: asJson(value) });
  if (!(value instanceof Error)) return;
  said.push({ where: `${where}, stack`, text: `${value.message}\n${value.stack ?? ''}` });
  const { parent, original } = value as { parent?: unknown; original?: unknown };
  for (const [name, link] of Object.entries({ cause: value.cause, parent, original })) {
    if (link !== undefined) note(`${where}.${name}`, link);
  }
}

function asJson(value: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null) return typeof each === 'bigint' ? String(each) : each;
    if (seen.has(each)) return undefined;
    seen.add(each);
    // An error's own text is not enumerable, so loggers add it.
    return each instanceof Error ? { ...(each as object), message: each.message, stack: each.stack } : each;
  });
}

function open(primary: Primary, options: ResilientConfig['options'] = {}): ResilientConnection {
  const line = (text: string, fields?: object) => {
    note('a log line', text);
    note('the fields of a log line', fields);
  };
  const connection = new ResilientConnection({
    serviceName: 'keeper',
    primary: { ...primary, logging: (sql) => note('a query log line', sql) },
    fallback: { storageDir: join(tempFolder(), 'sqlite'), logging: (sql) => note('a query log line', sql) },
    options: { allowSQLiteFallback: true, connectTimeout: 2000, maxWait: 100, ...options },
    schema: 'sync',
    logger: { info: line, warn: line, error: line },
  });
  connections.push(connection);
  const listen = (name: EventName) =>
    connection.on(name, (payload: unknown) => {
      note(`the event ${name}`, payload);
      note(`the status at ${name}`, connection.getStatus());
    });
  EVENTS.forEach(listen);
  return connection;
}

async function noteErrorOf(where: string, work: Promise<unknown>): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error, where).toBeInstanceOf(Error);
  note(where, error);
}

const isIn = (connection: ResilientConnection, state: string) =>
  waitFor(() => connection.getStatus().state === state, { timeoutMs: 15_000, what: `the state ${state}` });

/** Says where the marker appears; also that there was something to look through. */
function expectNoMarker(...events: EventName[]): void {
  const heard = new Set(said.map(({ where }) => where));
  for (const event of events) expect(heard).toContain(`the event ${event}`);
  expect(heard).toContain('a log line');
  expect(said.filter(({ text }) => text.toLowerCase().includes(MARKER.toLowerCase()))).toEqual([]);
}

describe.each(Object.keys(WAYS))('a password given by %s', (name) => {
  const way = (username: string, database?: string): Primary => (WAYS[name] as (typeof WAYS)[string])(username, database);

  it('is what PostgreSQL gets, and appears nowhere over a failover, failing work, a return and the end', async () => {
    const connection = await open(way('keeper')).ready;
    const { sequelize } = connection;
    expect(await sequelize.query('SELECT current_user AS name')).toEqual([[{ name: 'keeper' }], expect.anything()]);
    const table = `t${randomUUID().replaceAll('-', '')}`;
    const item = sequelize.define(table, { name: { type: DataTypes.STRING, unique: true } }, { freezeTableName: true });
    const row = await item.create({ name: 'lamp' });
    await noteErrorOf('a failing query', sequelize.query('SELECT * FROM nowhere'));
    await noteErrorOf('a failing model call', item.create({ name: 'lamp' }));
    const transaction = await sequelize.transaction();
    await item.create({ name: 'desk' }, { transaction });
    const inFlight = noteErrorOf('a query in flight', sequelize.query('SELECT pg_sleep(30)'));
    await waitFor(() => connection.getStatus().inFlight > 0, { what: 'the query to be on its way' });

    await proxy.refuse();
    await inFlight;
    await isIn(connection, 'fallback');
    await noteErrorOf('a lost transaction', item.create({ name: 'chair' }, { transaction }));
    await noteErrorOf('the end of a lost transaction', transaction.commit());
    await noteErrorOf('a stale row', row.save());
    await noteErrorOf('a failing query on SQLite', sequelize.query('SELECT * FROM nowhere'));
    await noteErrorOf('a useless failover', connection.failover('again'));
    note('the answer of reconnect()', await connection.reconnect());
    await proxy.restore();
    await isIn(connection, 'primary');
    note('the connection', connection);
    note('the status', connection.getStatus());

    // The program's own configuration has it, so there is something to find.
    expect(inspect(sequelize.config)).toContain(MARKER);

    await connection.close();
    await noteErrorOf('a query after the end', sequelize.query('SELECT 1'));
    await noteErrorOf('a transaction after the end', sequelize.transaction());
    await noteErrorOf('a reconnect after the end', connection.reconnect());
    note('the closed connection', connection);
    expectNoMarker('connected', 'healthCheckPassed', 'healthCheckFailed', 'disconnected', 'failover', 'recovered', 'closed');
  });

  it.each([
    ['is wrong', 'stranger', undefined],
    ['opens no such database', 'keeper', 'nowhere'],
  ] as const)('appears nowhere where it %s', async (_, username, database) => {
    const onFallback = open(way(username, database));
    await onFallback.ready;
    note('the connection', onFallback);
    const strict = open(way(username, database), { allowSQLiteFallback: false, maxRetries: 1, retryDelay: 10 });
    await noteErrorOf('ready', strict.ready);
    await noteErrorOf('a query while nothing is available', strict.sequelize.query('SELECT 1'));
    note('the status', strict.getStatus());
    await noteErrorOf(
      'the factory',
      createResilientConnection({
        serviceName: 'keeper',
        primary: { ...way(username, database), logging: false },
        options: { allowSQLiteFallback: false, maxRetries: 0 },
        logger: false,
      }),
    );
    expectNoMarker('failover', 'healthCheckFailed', 'retry');
  });

  it.each(['refuse', 'blackhole'] as const)('appears nowhere where the start fails: %s', async (how) => {
    await proxy[how]();
    const onFallback = open(way('keeper'), { connectTimeout: 300 });
    await onFallback.ready;
    const strict = open(way('keeper'), { allowSQLiteFallback: false, connectTimeout: 300, maxRetries: 1, retryDelay: 10 });
    await noteErrorOf('ready', strict.ready);
    await noteErrorOf('a query while nothing is available', strict.sequelize.query('SELECT 1'));
    expectNoMarker('failover', 'healthCheckFailed', 'retry');
  });
});

describe('a password in a configuration that is refused', () => {
  const encoded = encodeURIComponent(PASSWORD);

  it.each<[string, Primary]>([
    ['a port out of range', { url: `postgres://keeper:${encoded}@localhost:99999/shop` }],
    ['another protocol', { url: `mysql://keeper:${encoded}@localhost/shop` }],
    ['an unescaped slash', { url: `postgres://keeper:${MARKER}/x@localhost/shop` }],
    ['no url at all', { url: `keeper:${MARKER}@localhost` }],
    ['a url beside other options', { url: `postgres://keeper:${encoded}@localhost/shop`, host: 'localhost' }],
    ['a url as the host', { host: `postgres://keeper:${encoded}@localhost/shop` }],
    ['a url as the database', { database: `postgres://keeper:${encoded}@localhost/shop` }],
    ['an unknown TLS mode', { url: `postgres://keeper:${encoded}@localhost/shop?sslmode=${MARKER}` }],
    ['a password of another kind', { password: [MARKER] as unknown as string }],
  ])('is not in the error: %s', (_, primary) => {
    let connection: ResilientConnection | undefined;
    try {
      connection = open(primary);
    } catch (error) {
      note('the error', error);
    }
    expect(connection).toBeUndefined();
    expect(said).not.toEqual([]);
    expect(said.filter(({ text }) => text.includes(MARKER))).toEqual([]);
  });
});
