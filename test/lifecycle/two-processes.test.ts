import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadSqlite3 } from '../../src/databases/sqlite-drivers/sqlite3.js';
import { closedPort } from '../support/free-port.js';
import { tempFolder } from '../support/temp-folder.js';

/** A service whose PostgreSQL is away: it writes rows one by one, in bulk and in read-then-write transactions, ten at a time. */
const SERVICE = `
  import { DataTypes } from 'sequelize';
  import { ResilientConnection } from './src/index.ts';
  const { STORAGE_DIR, PORT, NAME, START_AT } = process.env;
  await new Promise((resolve) => setTimeout(resolve, START_AT - Date.now()));
  const connection = new ResilientConnection({
    serviceName: 'twins',
    primary: { host: '127.0.0.1', port: PORT, logging: false },
    fallback: { storageDir: STORAGE_DIR },
    options: { allowSQLiteFallback: true },
    logger: false,
  });
  const { sequelize } = connection;
  const note = sequelize.define('notes', { writer: DataTypes.STRING }, { timestamps: false });
  const counter = sequelize.define('counters', { n: DataTypes.INTEGER }, { timestamps: false });
  await connection.ready;
  await counter.findOrCreate({ where: { id: 1 }, defaults: { n: 0 } });
  const work = [
    () => note.create({ writer: NAME }),
    () => note.bulkCreate([{ writer: NAME }, { writer: NAME }]),
    () => note.count(),
    () => sequelize.transaction(async (transaction) => {
      const row = await counter.findByPk(1, { transaction });
      await row.update({ n: row.n + 1 }, { transaction });
    }),
  ];
  const errors = [];
  for (let round = 0; round < 20; round += 1) {
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => work[(round + index) % work.length]()));
    for (const { reason } of results.filter(({ status }) => status === 'rejected')) errors.push(String(reason));
  }
  await connection.close();
  console.log(JSON.stringify(errors));
`;

const run = async (env: Record<string, string>): Promise<unknown> => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', SERVICE];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env['PATH'], ...env },
  });
  return JSON.parse(stdout);
};

describe('two processes of one service on one fallback', () => {
  it('start at the same time and write under load, and no call fails', async () => {
    const storageDir = join(tempFolder(), 'sqlite');
    const env = { STORAGE_DIR: storageDir, PORT: String(await closedPort()), START_AT: String(Date.now() + 2500) };
    expect(await Promise.all([run({ ...env, NAME: 'a' }), run({ ...env, NAME: 'b' })])).toEqual([[], []]);

    const handle = await (await loadSqlite3()).open(join(storageDir, 'twins.sqlite'));
    // 200 calls each: a quarter of every kind.
    expect(await handle.all('SELECT writer, count(*) AS n FROM notes GROUP BY writer ORDER BY writer', [])).toEqual([
      { writer: 'a', n: 150 },
      { writer: 'b', n: 150 },
    ]);
    expect(await handle.all('SELECT n FROM counters', [])).toEqual([{ n: 100 }]);
    await handle.close();
  }, 120_000);
});
