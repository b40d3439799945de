import { DataTypes } from 'sequelize';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createResilientConnection, type ResilientConfig, type ResilientConnection } from '../../src/index.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';

let server: PostgresServer;
let connection: ResilientConnection | undefined;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());
afterEach(() => connection?.close());

async function connect(config: Partial<ResilientConfig>): Promise<ResilientConnection> {
  connection = await createResilientConnection({
    serviceName: 'shop',
    primary: { url: server.urlOf(await server.createDatabase()), logging: false },
    logger: false,
    ...config,
    options: { allowSQLiteFallback: true, ...config.options },
  });
  return connection;
}

function defineThing({ sequelize }: ResilientConnection): void {
  sequelize.define(
    'Thing',
    { kind: DataTypes.ENUM('a', 'b'), size: { type: DataTypes.INTEGER, defaultValue: 3 } },
    { tableName: 'things' },
  );
}

describe('connection.schemaReport()', () => {
  it('opens the database that is not active for it, and does not count as a statement of the program', async () => {
    const storageDir = tempFolder();
    const { sequelize, schemaReport, parityReport } = bound(await connect({ fallback: { storageDir }, parity: 'strict' }));
    const seen: string[] = [];
    sequelize.addHook('beforeQuery', () => void seen.push('query'));
    const before = parityReport().examined.statements;
    const report = await schemaReport();
    expect(report.findings.map(({ database, kind, table }) => [database, kind, table])).toEqual([['primary', 'missing-table', 'things']]);
    expect(report.databases).toEqual({ primary: 'compared', fallback: 'not made yet: its tables are made before its first use' });
    expect(seen).toEqual([]);
    expect(parityReport()).toMatchObject({ findings: [], examined: { statements: before } });
    await sequelize.sync();
    expect(await schemaReport()).toMatchObject({ same: true, findings: [] });
  });

  it('compares the fallback while that is active, and says that the primary is away', async () => {
    const away = await startPostgres();
    const fallback = { storageDir: tempFolder() };
    const { schemaReport, getStatus } = bound(
      await connect({ primary: { url: away.url, logging: false }, fallback, options: { autoReconnect: false, maxRetries: 0 } }),
    );
    await away.dispose();
    connection?.sequelize.query('SELECT 1').catch(() => undefined);
    await expect.poll(() => getStatus().state, { timeout: 20_000 }).toBe('fallback');
    const report = await schemaReport();
    expect(report.databases.fallback).toBe('compared');
    expect(report.databases.primary).toMatch(/^not compared: .*ECONNREFUSED/);
    expect(report).toMatchObject({ same: false, findings: [] });
  });
});

describe('the precision of times', () => {
  it('is none that Sequelize asks for', async () => {
    const made = await connect({ fallback: { storageDir: tempFolder() }, schema: 'none' });
    const attributes = { at: DataTypes.DATE(3), on: DataTypes.DATE(6), day: DataTypes.DATE };
    made.sequelize.define('Event', attributes, { tableName: 'events', timestamps: false });
    await made.sequelize.query('CREATE TABLE events (id SERIAL PRIMARY KEY, at TIMESTAMPTZ(3), "on" TIMESTAMPTZ(6), day TIMESTAMPTZ(0))');
    expect((await made.schemaReport()).findings.map(({ kind, name }) => [kind, name])).toEqual([['type', 'day']]);
  });
});

/** With a model, and its methods as functions. */
function bound(made: ResilientConnection) {
  defineThing(made);
  return {
    sequelize: made.sequelize,
    schemaReport: () => made.schemaReport(),
    parityReport: () => made.parityReport(),
    getStatus: () => made.getStatus(),
  };
}
