import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadSqlite3 } from '../src/databases/sqlite-drivers/sqlite3.js';
import { tempFolder } from './support/temp-folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Opens the file, runs 40 read-then-write transactions, ten at a time, and prints how many succeeded. */
const PROGRAM = `
  import { Sequelize } from 'sequelize';
  import { SqliteConnections } from './src/databases/sqlite-connections/sqlite-connections.ts';
  import { useConnections } from './src/databases/sqlite-connections/use-connections.ts';
  import { loadSqlite3 } from './src/databases/sqlite-drivers/sqlite3.ts';
  const storage = process.env.STORAGE;
  const sequelize = new Sequelize({ dialect: 'postgres', databaseVersion: '15.0.0', logging: false });
  const connections = await SqliteConnections.open({ driver: await loadSqlite3(), storage, currentUnit: () => undefined, parserOf: (oid) => sequelize.connectionManager.getTypeParser(oid) });
  useConnections(sequelize, connections);
  await sequelize.query('CREATE TABLE IF NOT EXISTS counters (id INTEGER PRIMARY KEY, n INTEGER)');
  await sequelize.query('INSERT INTO counters VALUES (1, 0) ON CONFLICT DO NOTHING');
  const add = () => sequelize.transaction(async (transaction) => {
    const [[row]] = await sequelize.query('SELECT n FROM counters', { transaction });
    await sequelize.query('UPDATE counters SET n = ' + (row.n + 1), { transaction });
  });
  let succeeded = 0;
  for (let round = 0; round < 4; round += 1) {
    const results = await Promise.allSettled(Array.from({ length: 10 }, add));
    succeeded += results.filter(({ status }) => status === 'fulfilled').length;
  }
  await sequelize.close();
  console.log(succeeded);
`;

const run = async (storage: string): Promise<number> => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env: { ...process.env, STORAGE: storage } });
  return Number(stdout);
};

describe('two processes on one file', () => {
  it('both open a new file at the same time and finish all their transactions', async () => {
    const storage = join(tempFolder(), 'shared.sqlite');
    expect(await Promise.all([run(storage), run(storage)])).toEqual([40, 40]);
    const handle = await (await loadSqlite3()).open(storage);
    expect(await handle.all('SELECT n FROM counters', [])).toEqual([{ n: 80 }]);
    await handle.close();
  }, 60_000);
});
