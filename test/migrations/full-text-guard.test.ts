import { join } from 'node:path';
import { Op } from 'sequelize';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ResilientConnection } from '../../src/index.js';
import { addFullTextIndex, fullTextMatch } from '../../src/migrations/full-text.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { tempFolder } from '../support/temp-folder.js';
import { articlesOn } from './full-text-site.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 120_000);
afterAll(() => server.dispose());

it('the parity guard takes a search for one that the fallback has an index for, and tells of what it has not', async () => {
  const connection = new ResilientConnection({
    serviceName: 'guarded',
    primary: { url: server.url, logging: false },
    fallback: { storageDir: join(tempFolder(), 'sqlite') },
    options: { allowSQLiteFallback: true, maxRetries: 0, autoReconnect: false },
    parity: 'strict',
    logger: false,
  });
  await connection.ready;
  try {
    const { sequelize } = connection;
    const queryInterface = sequelize.getQueryInterface();
    const Article = await articlesOn(sequelize, 'guarded');
    // The index was made by another process.
    await server.query('CREATE INDEX other ON guarded (title)');
    const search = fullTextMatch(queryInterface, ['title', 'body'], 'cat');
    expect(await Article.count({ where: search })).toBe(0);
    await addFullTextIndex(queryInterface, 'guarded', ['title', 'body']);
    expect(await Article.count({ where: search })).toBe(0);
    expect(connection.parityReport().findings).toEqual([]);
    await expect(
      Article.count({ where: { [Op.and]: [sequelize.literal("to_tsvector('english', body) @@ plainto_tsquery('english', 'cat')")] } }),
    ).rejects.toThrow('SQLite fallback');
  } finally {
    await connection.close();
  }
});
