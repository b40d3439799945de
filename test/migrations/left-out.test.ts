import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { afterEach, describe, expect, it } from 'vitest';
import { type Migration, MigrationFailedError, type MigrationsOptions, ResilientConnection } from '../../src/index.js';
import { createMigrator } from '../../src/migrations/index.js';
import { leakGuard } from '../support/leak-guard.js';
import { tempFolder } from '../support/temp-folder.js';

leakGuard();

const connections: ResilientConnection[] = [];

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
});

/** On its fallback: nothing listens where its PostgreSQL should be. */
function onFallback(): ResilientConnection {
  const connection = new ResilientConnection({
    serviceName: 'shop',
    primary: { host: '127.0.0.1', port: 1 },
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    schema: 'none',
    options: { allowSQLiteFallback: true, autoReconnect: false },
    logger: false,
  });
  connections.push(connection);
  return connection;
}

const REFUSED = 'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$';
const one = (up: Migration['up']): Migration[] => [{ name: '1', up }];

async function run(connection: ResilientConnection, options: MigrationsOptions): Promise<unknown> {
  return await createMigrator(connection, options)
    .up()
    .catch((error: unknown) => error);
}

const tablesOf = async ({ sequelize }: ResilientConnection) =>
  (await sequelize.getQueryInterface().showAllTables()).filter((name) => name.length === 1);

describe("with onUnsupported: 'skip'", () => {
  it('a statement about rows is not left out, for the next one may rest on it', async () => {
    const connection = onFallback();
    const up: Migration['up'] = async ({ sequelize }) => {
      await sequelize.query('CREATE TABLE a (v INT); INSERT INTO a VALUES (1)');
      await sequelize.query('WITH gone AS (DELETE FROM a RETURNING v) SELECT v FROM gone');
      await sequelize.query('DROP TABLE a');
    };
    expect(await run(connection, { migrations: one(up), onUnsupported: 'skip' })).toBeInstanceOf(MigrationFailedError);
    expect(await connection.sequelize.query('SELECT v FROM a', { type: QueryTypes.SELECT })).toEqual([{ v: 1 }]);
  });

  it('a text stays one transaction', async () => {
    const connection = onFallback();
    const up: Migration['up'] = ({ sequelize }) => sequelize.query(`CREATE TABLE a (id INT); ${REFUSED}; SELECT nothing`);
    expect(await run(connection, { migrations: one(up), onUnsupported: 'skip' })).toBeInstanceOf(MigrationFailedError);
    expect(await tablesOf(connection)).toEqual([]);
  });

  it('statements of a transaction that are given at once are each judged by themselves', async () => {
    const connection = onFallback();
    const up: Migration['up'] = ({ sequelize }) =>
      sequelize.transaction((transaction) =>
        Promise.all(
          ['CREATE TABLE a (id INT)', REFUSED, 'CREATE TABLE b (id INT)', REFUSED, 'CREATE TABLE c (id INT)'].map((sql) =>
            sequelize.query(sql, { transaction }),
          ),
        ),
      );
    expect(await run(connection, { migrations: one(up), onUnsupported: 'skip' })).toHaveLength(1);
    expect((await tablesOf(connection)).sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('a function as onUnsupported', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('not today');
      },
      'not today',
    ],
    ['answers later', () => Promise.resolve('skip'), "onUnsupported: must answer with 'error' or 'skip', at once"],
    ['rejects', () => Promise.reject(new Error('late')), "onUnsupported: must answer with 'error' or 'skip', at once"],
    ['answers with something else', () => 'ignore', "onUnsupported: must answer with 'error' or 'skip', at once"],
  ])('that %s makes the migration fail', async (_, onUnsupported, message) => {
    const failure = await run(onFallback(), {
      migrations: one(({ sequelize }) => sequelize.query(REFUSED)),
      onUnsupported: onUnsupported as never,
    });
    expect(failure).toBeInstanceOf(MigrationFailedError);
    expect((failure as Error).message).toContain(message);
  });
});
