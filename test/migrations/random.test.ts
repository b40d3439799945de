import fc from 'fast-check';
import type { QueryInterface, Sequelize, TableName } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shapeOf } from '../contract/cases/services/diary.js';
import { openTwoDatabases, type TwoDatabases } from '../drift/two-databases.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { type RandomTable, randomDefinition } from './random-definitions.js';
import { createdAtOnce, createdInSteps, forgotten, removed, synced } from './random-schemas.js';

/** How many definitions are tried; a long run sets more. */
const numRuns = Number(process.env['CONTRACT_RUNS'] ?? 4) * 10;
const seed = Number(process.env['CONTRACT_SEED'] ?? 20261121);

let server: PostgresServer;
let databases: TwoDatabases;
beforeAll(async () => {
  server = await startPostgres();
  databases = await openTwoDatabases(server);
  await databases.both(async (sequelize) => {
    for (const extension of ['citext', 'hstore', 'uuid-ossp']) await sequelize.query(`CREATE EXTENSION IF NOT EXISTS "${extension}"`);
    await sequelize.createSchema('crm', {});
  });
});
afterAll(async () => {
  await databases.dispose();
  await server.dispose();
});

/** What a program can ask about the tables. */
async function shapes(queryInterface: QueryInterface, tables: readonly RandomTable[]): Promise<unknown[]> {
  const found = [];
  for (const { name, schema = 'public' } of tables) {
    const at = { tableName: name, schema } as TableName;
    const keys = (await queryInterface.getForeignKeyReferencesForTable(at)) as unknown as Record<string, unknown>[];
    found.push({ ...((await shapeOf(queryInterface, at)) as object), keys: keys.map(withoutCatalogs).toSorted(byText) });
  }
  return found;
}

/** Databases have names of their own. */
const withoutCatalogs = (row: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith('Catalog')));

const byText = (a: object, b: object): number => JSON.stringify(a).localeCompare(JSON.stringify(b), 'en');

type Way = (sequelize: Sequelize, tables: readonly RandomTable[]) => Promise<void>;

const WAYS: Readonly<Record<string, Way>> = {
  sync: synced,
  'a migration': (sequelize, tables) => createdAtOnce(sequelize.getQueryInterface(), tables),
  'a migration in steps': (sequelize, tables) => createdInSteps(sequelize.getQueryInterface(), tables),
};

/** The schema that each way comes to, one after the other in an empty database, and what the report finds in both. */
async function outcomes(tables: readonly RandomTable[]): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const [name, way] of Object.entries(WAYS)) {
    const shapesOf = async (sequelize: Sequelize) => {
      await way(sequelize, tables);
      return await shapes(sequelize.getQueryInterface(), tables);
    };
    const [onPrimary, onFallback] = await Promise.all([shapesOf(databases.primary), shapesOf(databases.fallback)]);
    found.set(`${name} on PostgreSQL`, onPrimary).set(`${name} on the fallback`, onFallback);
    found.set(`the report after ${name}`, (await databases.report()).findings);
    await databases.both((sequelize) => removed(sequelize, tables));
  }
  return found;
}

describe('a random definition', () => {
  it('comes to the same schema by sync and by migrations, on PostgreSQL and on the fallback', { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomDefinition, async (tables) => {
        try {
          const found = await outcomes(tables);
          const wanted = found.get('sync on PostgreSQL');
          for (const [name, outcome] of found) expect([name, outcome]).toEqual([name, name.startsWith('the report') ? [] : wanted]);
        } finally {
          forgotten(databases.primary);
          forgotten(databases.fallback);
          await databases.both((sequelize) => removed(sequelize, tables));
        }
      }),
      { numRuns, seed },
    );
  });
});
