import { join } from 'node:path';
import { DataTypes, type Model, type ModelStatic, QueryTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createResilientConnection, type ResilientConfig, type ResilientConnection, ResilientSequelize } from '../../src/index.js';
import { internalsOf } from '../../src/sequelize-internals.js';
import { onEachDatabase, type Switchable, switchableForTest } from '../support/connections.js';
import { type FaultProxy, startProxy } from '../support/fault-proxy.js';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

leakGuard();

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
afterEach(() => vi.restoreAllMocks());

/** A line as a logging function gets it: the text, then what comes behind it. */
type Line = [text: string, ...rest: unknown[]];

interface Logged {
  readonly lines: Line[];
  readonly logging: (...line: unknown[]) => void;
}

function logged(): Logged {
  const lines: Line[] = [];
  return { lines, logging: (...line) => void lines.push(line as Line) };
}

const textsOf = (lines: readonly Line[], word: string): string[] => lines.map(([text]) => text).filter((text) => text.includes(word));

/** What the last argument of each line says of the database. */
const databasesOf = (lines: readonly Line[]): unknown[] => lines.map((line) => (line.at(-1) as { database?: unknown }).database);

const POSTGRES = (epoch: number | null) => ({ role: 'primary', engine: 'postgres', epoch });
const SQLITE = (epoch: number | null) => ({ role: 'fallback', engine: 'sqlite', epoch });

const optionsOf = ({ sequelize }: { sequelize: Switchable['sequelize'] }): Record<string, unknown> => internalsOf(sequelize).options;

/** Both databases log to the same function. */
const loggingTo = (logging: Logged['logging'], more: Partial<ResilientConfig> = {}): Partial<ResilientConfig> => ({
  ...more,
  primary: { logging },
  fallback: { logging },
});

describe('a statement that the connection logs', () => {
  it('says its database and epoch, on PostgreSQL, on the fallback and back', async () => {
    const { lines, logging } = logged();
    const switchable = await switchableForTest(server, loggingTo(logging));
    const expected = ['postgres, epoch 1', 'sqlite, epoch 2', 'postgres, epoch 3'];
    await onEachDatabase(switchable, async (_engine, round) => {
      lines.length = 0;
      await switchable.sequelize.query(`SELECT ${round} AS here;`);
      expect(lines).toEqual([[`Executing (default): SELECT ${round} AS here; -- ${expected[round - 1]}`, expect.any(Object)]]);
      expect(databasesOf(lines)).toEqual([round === 2 ? SQLITE(2) : POSTGRES(round)]);
    });
  });

  it('says what getStatus() says of the epoch, however often it was switched', async () => {
    const { lines, logging } = logged();
    const switchable = await switchableForTest(server, loggingTo(logging));
    for (let round = 1; round <= 2; round++) {
      await switchable.toSqlite();
      await switchable.toPostgres();
    }
    lines.length = 0;
    await switchable.sequelize.query('SELECT 1');
    expect(textsOf(lines, 'SELECT')).toEqual(['Executing (default): SELECT 1 -- postgres, epoch 5']);
    expect(switchable.connection.getStatus().epoch).toBe(5);
  });

  it('goes to console.log where nothing else was said, without the options', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { sequelize } = await switchableForTest(server, { primary: { logging: true } });
    log.mockClear();
    await sequelize.query('SELECT 1');
    expect(log.mock.calls).toEqual([['Executing (default): SELECT 1 -- postgres, epoch 1']]);
  });

  it('goes to console.log by default', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { host, port, user: username, password } = server;
    const connection = await createResilientConnection({
      serviceName: 'shop',
      primary: { host, port, username, password, database: await server.createDatabase() },
      logger: false,
    });
    onTestFinished(() => connection.close());
    await connection.sequelize.query('SELECT 1');
    expect(log.mock.calls.at(-1)).toEqual(['Executing (default): SELECT 1 -- postgres, epoch 1']);
  });

  it("keeps Sequelize's elapsed time at the end, where console.log gets one text", async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const { sequelize } = await switchableForTest(server, { primary: { logging: true }, sequelize: { benchmark: true } });
    log.mockClear();
    await sequelize.query('SELECT 1;');
    expect(log.mock.calls).toEqual([[expect.stringMatching(/^Executed \(default\): SELECT 1; -- postgres, epoch 1 Elapsed time: \d+ms$/)]]);
  });

  it('is measured for a function with `benchmark`: text, milliseconds, options', async () => {
    const { lines, logging } = logged();
    const switchable = await switchableForTest(server, loggingTo(logging, { sequelize: { benchmark: true } }));
    await switchable.toSqlite();
    lines.length = 0;
    await switchable.sequelize.query('SELECT 1');
    expect(lines).toEqual([
      ['Executed (default): SELECT 1 -- sqlite, epoch 2', expect.any(Number), expect.objectContaining({ database: SQLITE(2) })],
    ]);
  });

  it('has its parameters before the comment with `logQueryParameters`', async () => {
    const { lines, logging } = logged();
    const { sequelize } = await switchableForTest(server, loggingTo(logging, { sequelize: { logQueryParameters: true } }));
    lines.length = 0;
    await sequelize.query('SELECT $1::text AS word', { bind: ['one'], type: QueryTypes.SELECT });
    expect(textsOf(lines, 'word')).toEqual(['Executing (default): SELECT $1::text AS word; "one" -- postgres, epoch 1']);
  });

  it('is one of a model, of a hook, of `sync` and of a transaction, with its end', async () => {
    const { lines, logging } = logged();
    const switchable = await switchableForTest(server, loggingTo(logging));
    const { sequelize } = switchable;
    const books: ModelStatic<Model> = sequelize.define('books', { title: DataTypes.STRING }, { timestamps: false });
    books.addHook('afterCreate', async (_row, { transaction }) => {
      await books.count({ transaction: transaction ?? null });
    });
    await onEachDatabase(switchable, async (engine, round) => {
      lines.length = 0;
      await sequelize.sync({ force: true });
      await sequelize.transaction(async (transaction) => {
        await books.create({ title: 'one' }, { transaction });
      });
      const texts = lines.map(([text]) => text);
      for (const word of [
        'DROP TABLE',
        'CREATE TABLE IF NOT EXISTS "books"',
        'START TRANSACTION;',
        'INSERT INTO "books"',
        'SELECT count(*)',
        'COMMIT;',
      ])
        expect(texts, word).toContainEqual(expect.stringContaining(word));
      for (const text of texts) expect(text).toMatch(new RegExp(` -- ${engine}, epoch ${round}$`));
    });
  });

  it('is logged where `sequelize.options.logging` says so later', async () => {
    const { lines, logging } = logged();
    const switchable = await switchableForTest(server);
    optionsOf(switchable)['logging'] = logging;
    await switchable.sequelize.query('SELECT 1');
    await switchable.toSqlite();
    await switchable.sequelize.query('SELECT 2');
    expect(textsOf(lines, 'SELECT')).toEqual([
      'Executing (default): SELECT 1 -- postgres, epoch 1',
      'Executing (default): SELECT 2 -- sqlite, epoch 2',
    ]);
  });

  it("leaves other texts of the program's, and those of nobody's, as they are", async () => {
    const { lines, logging } = logged();
    const { sequelize } = await switchableForTest(server, loggingTo(logging));
    lines.length = 0;
    const { log } = sequelize as unknown as { log: (...args: unknown[]) => void };
    log.call(sequelize, 'nothing was executed (default): today');
    expect(lines).toEqual([['nothing was executed (default): today']]);
  });
});

describe('a call with a logging function of its own', () => {
  it("gets the text as Sequelize made it, and where it ran among a copy of the query's options", async () => {
    const own = logged();
    const connections = logged();
    const switchable = await switchableForTest(server, loggingTo(connections.logging));
    const options = Object.freeze({ logging: own.logging, type: QueryTypes.SELECT, nest: true });
    await onEachDatabase(switchable, async (_engine, round) => {
      own.lines.length = 0;
      await switchable.sequelize.query('SELECT 1 AS one', options);
      expect(own.lines).toEqual([['Executing (default): SELECT 1 AS one', expect.objectContaining({ nest: true })]]);
      expect(databasesOf(own.lines)).toEqual([round === 2 ? SQLITE(2) : POSTGRES(round)]);
    });
    expect(options).not.toHaveProperty('database');
    expect(textsOf(connections.lines, 'AS one')).toEqual([]);
  });

  it('has nothing added to the options that hooks see', async () => {
    const { lines, logging } = logged();
    const { sequelize } = await switchableForTest(server, loggingTo(logging));
    const seen: object[] = [];
    sequelize.addHook('afterQuery', (options: object) => void seen.push(options));
    await sequelize.query('SELECT 1');
    expect(databasesOf(lines)).toContainEqual(POSTGRES(1));
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toHaveProperty('database');
  });
});

describe('what makes a database ready', () => {
  it('is logged as preparing: there is no epoch yet', async () => {
    const { lines, logging } = logged();
    const switchable = await switchableForTest(server, {
      ...loggingTo(logging),
      schema: {
        primary: async ({ sequelize }) => {
          await sequelize.query('SELECT 7 AS step');
        },
        fallback: 'none',
      },
    });
    expect(textsOf(lines, 'step')).toEqual(['Executing (default): SELECT 7 AS step -- postgres, preparing']);
    expect(databasesOf(lines)).toContainEqual(POSTGRES(null));
    await switchable.toSqlite();
    await switchable.toPostgres();
    expect(textsOf(lines, 'step')).toHaveLength(2);
  });

  it('is logged so on the fallback, migrations too', async () => {
    const { lines, logging } = logged();
    const migrations = {
      migrations: [
        {
          name: '1-rooms',
          up: ({ context }: { context: { createTable: (name: string, columns: object) => Promise<void> } }) =>
            context.createTable('rooms', { id: { type: DataTypes.INTEGER, primaryKey: true } }),
        },
      ],
    };
    const switchable = await switchableForTest(server, { ...loggingTo(logging), schema: migrations as ResilientConfig['schema'] });
    await switchable.toSqlite();
    expect(textsOf(lines, 'CREATE TABLE IF NOT EXISTS "rooms"').map((text) => text.split(' -- ')[1])).toEqual([
      'postgres, preparing',
      'sqlite, preparing',
    ]);
  });
});

describe('an outage', () => {
  async function behindProxy(proxy: FaultProxy, logging: Logged['logging']): Promise<ResilientConnection> {
    const { user: username, password } = server;
    const connection = await createResilientConnection({
      serviceName: 'shop',
      primary: { host: proxy.host, port: proxy.port, username, password, database: await server.createDatabase(), logging },
      fallback: { storageDir: join(tempFolder(), 'sqlite'), logging },
      options: { allowSQLiteFallback: true, maxWait: 15_000 },
      logger: false,
    });
    onTestFinished(() => connection.close({ timeout: 500 }));
    return connection;
  }

  it('shows a read that was made again on both databases', async () => {
    const { lines, logging } = logged();
    const proxy = await startProxy(server);
    onTestFinished(() => proxy.close());
    const connection = await behindProxy(proxy, logging);
    await proxy.blackhole();
    const [rows] = await connection.sequelize.query("SELECT 'again' AS word");
    expect(rows).toEqual([{ word: 'again' }]);
    expect(textsOf(lines, 'again')).toEqual([
      "Executing (default): SELECT 'again' AS word -- postgres, epoch 1",
      "Executing (default): SELECT 'again' AS word -- sqlite, epoch 2",
    ]);
    expect(databasesOf(lines.slice(-2))).toEqual([POSTGRES(1), SQLITE(2)]);
    await proxy.restore();
    await waitFor(() => connection.getStatus().state === 'primary', { what: 'the primary to be back', timeoutMs: 15_000 });
    lines.length = 0;
    await connection.sequelize.query('SELECT 3');
    expect(textsOf(lines, 'SELECT')).toEqual(['Executing (default): SELECT 3 -- postgres, epoch 3']);
  });
});

describe('a unit of work that outlives a failback', () => {
  it('says the epoch of the database that it ends on', async () => {
    const { lines, logging } = logged();
    const switchable = await switchableForTest(server, loggingTo(logging));
    await switchable.toSqlite();
    await switchable.connection.unit(async () => {
      await switchable.sequelize.query("SELECT 'inside' AS first");
      await switchable.toPostgres();
      await switchable.sequelize.query("SELECT 'inside' AS second");
    });
    await switchable.sequelize.query("SELECT 'outside' AS third");
    expect(textsOf(lines, 'side').map((text) => text.slice(text.indexOf(' AS ')))).toEqual([
      ' AS first -- sqlite, epoch 2',
      ' AS second -- sqlite, epoch 2',
      ' AS third -- postgres, epoch 3',
    ]);
  });
});

describe('an object that belongs to no connection', () => {
  it('logs as Sequelize does', async () => {
    const { lines, logging } = logged();
    const sequelize = new ResilientSequelize(server.url, { logging });
    onTestFinished(() => sequelize.close());
    await sequelize.query('SELECT 1');
    expect(lines).toEqual([['Executing (default): SELECT 1', expect.any(Object)]]);
    expect(databasesOf(lines)).toEqual([undefined]);
  });
});
