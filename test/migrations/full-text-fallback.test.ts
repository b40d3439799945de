import type { Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addFullTextIndex, fullTextMatch, removeFullTextIndex } from '../../src/migrations/full-text.js';
import { articlesOn, openSite, type Site } from './full-text-site.js';

let site: Site;
let sequelize: Sequelize;
beforeAll(async () => {
  site = await openSite();
  sequelize = site.sequelizeOf('handle on its fallback');
}, 120_000);
afterAll(() => site.dispose());

let made = 0;

/** A table with an index, and a search in it that names the columns as they are called now. */
async function indexed(
  rows: readonly Partial<Record<string, string | number>>[] = [
    { title: 'cat', body: 'sleeps' },
    { title: 'dog', body: 'barks' },
  ],
) {
  made += 1;
  const table = `lives_${made}`;
  const Article = await articlesOn(sequelize, table);
  await Article.bulkCreate([...rows]);
  await addFullTextIndex(sequelize.getQueryInterface(), table, ['title', 'body']);
  return { table, Article, found: (query: string) => foundIn(table, query) };
}

async function foundIn(
  table: string,
  query: string,
  columns: readonly string[] = ['title', 'body'],
  shown = columns[0],
): Promise<unknown[]> {
  const { val } = fullTextMatch(sequelize.getQueryInterface(), columns, query) as unknown as { val: string };
  const [rows] = await sequelize.query(`SELECT "${shown}" AS shown FROM ${table} WHERE ${val} ORDER BY id`);
  return (rows as { shown: unknown }[]).map((row) => row.shown);
}

/** What SQLite's file has for full-text indexes. */
async function leftovers(): Promise<unknown[]> {
  const [rows] = await sequelize.query('PRAGMA table_list');
  return (rows as { name: string }[]).map(({ name }) => name).filter((name) => name.startsWith('sequelize_resilient_words_'));
}

describe('a full-text index on the fallback', () => {
  it('stays right when the table is defined anew in the middle of a transaction', async () => {
    const { Article, table, found } = await indexed();
    await sequelize.transaction(async (transaction) => {
      const alter = (action: string) => sequelize.query(`ALTER TABLE ${table} ${action}`, { transaction });
      await Article.create({ title: 'before', body: 'one' }, { transaction });
      await alter('ADD COLUMN note text');
      await Article.create({ title: 'between', body: 'two' }, { transaction });
      await alter("ALTER COLUMN note SET DEFAULT 'x'");
      await Article.update({ body: 'three' }, { where: { title: 'before' }, transaction });
      await alter('ADD CONSTRAINT filled CHECK (title IS NOT NULL)');
      await Article.destroy({ where: { title: 'dog' }, transaction });
      await alter('ALTER COLUMN title SET NOT NULL');
      await Article.create({ title: 'after', body: 'four' }, { transaction });
      await alter('DROP COLUMN note');
    });
    for (const [query, titles] of [
      ['one', []],
      ['two', ['between']],
      ['three', ['before']],
      ['barks', []],
      ['four', ['after']],
      ['sleeps', ['cat']],
    ])
      expect([query, await found(String(query))]).toEqual([query, titles]);
    await Article.create({ title: 'later', body: 'five' });
    expect(await found('five')).toEqual(['later']);
  });

  it('is as before when that transaction is rolled back', async () => {
    const { Article, table, found } = await indexed();
    const undone = sequelize.transaction(async (transaction) => {
      await Article.create({ title: 'before', body: 'one' }, { transaction });
      await sequelize.query(`ALTER TABLE ${table} ADD COLUMN note text`, { transaction });
      await Article.update({ body: 'one' }, { where: { title: 'dog' }, transaction });
      await sequelize.query(`ALTER TABLE ${table} DROP COLUMN body`, { transaction });
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    expect(await found('one')).toEqual([]);
    await Article.create({ title: 'later', body: 'one barks' });
    expect(await found('barks')).toEqual(['dog', 'later']);
  });

  it('goes with its columns and its table when these are renamed', async () => {
    const { table } = await indexed();
    await sequelize.query(`ALTER TABLE ${table} RENAME COLUMN title TO headline`);
    await sequelize.query(`ALTER TABLE ${table} RENAME TO ${table}_moved`);
    await sequelize.query(`INSERT INTO ${table}_moved (headline, body) VALUES ('cow', 'sleeps too')`);
    expect(await foundIn(`${table}_moved`, 'sleeps', ['headline', 'body'])).toEqual(['cat', 'cow']);
    await sequelize.query('CREATE SCHEMA IF NOT EXISTS attic');
    await sequelize.query(`ALTER TABLE ${table}_moved SET SCHEMA attic`);
    await sequelize.query(`UPDATE attic.${table}_moved SET body = 'wakes' WHERE headline = 'cat'`);
    expect(await foundIn(`attic.${table}_moved`, 'sleeps', ['headline', 'body'])).toEqual(['cow']);
    await articlesOn(sequelize, table);
    await expect(foundIn(table, 'sleeps')).rejects.toThrow('has no full-text index');
  });

  it('is made anew when a column of it gets another type', async () => {
    const { table, found } = await indexed();
    await sequelize.query(`ALTER TABLE ${table} ALTER COLUMN title TYPE varchar(10) USING upper(title) || ' fat'`);
    expect(await found('fat cat')).toEqual(['CAT fat']);
    await sequelize.query(`UPDATE ${table} SET title = 'thin'`);
    expect(await found('fat')).toEqual([]);
    await expect(sequelize.query(`ALTER TABLE ${table} ALTER COLUMN title TYPE bytea USING title::bytea`)).rejects.toThrow(
      'full-text index',
    );
    expect(await found('thin')).toEqual(['thin', 'thin']);
  });

  it('is gone with a column of it, as on PostgreSQL', async () => {
    const { table } = await indexed();
    await sequelize.query(`ALTER TABLE ${table} DROP COLUMN body`);
    await sequelize.query(`INSERT INTO ${table} (title) VALUES ('still writable')`);
    await sequelize.query(`ALTER TABLE ${table} ADD COLUMN body text`);
    await expect(foundIn(table, 'cat')).rejects.toThrow('has no full-text index');
    expect((await addFullTextIndex(sequelize.getQueryInterface(), table, ['title', 'body'])).did).toBe('created');
    expect(await foundIn(table, 'cat')).toEqual(['cat']);
  });

  it('is emptied by TRUNCATE and DELETE', async () => {
    const { Article, table, found } = await indexed();
    await sequelize.query(`TRUNCATE ${table} RESTART IDENTITY`);
    await Article.create({ title: 'new' });
    expect([await found('cat'), await found('new')]).toEqual([[], ['new']]);
    await sequelize.query(`DELETE FROM ${table}`);
    await Article.create({ title: 'newer' });
    expect([await found('new'), await found('newer')]).toEqual([[], ['newer']]);
  });

  it('leaves nothing behind when its table or schema is dropped', async () => {
    const before = await leftovers();
    const { table } = await indexed();
    expect(await leftovers()).not.toEqual(before);
    await sequelize.query(`DROP TABLE ${table}`);
    expect(await leftovers()).toEqual(before);
    const Again = await articlesOn(sequelize, table);
    await Again.create({ title: 'cat' });
    await expect(foundIn(table, 'cat')).rejects.toThrow('has no full-text index');
    expect((await addFullTextIndex(sequelize.getQueryInterface(), table, ['title', 'body'])).did).toBe('created');
    await sequelize.query(`CREATE SCHEMA shelf_${made}`);
    await sequelize.query(`ALTER TABLE ${table} SET SCHEMA shelf_${made}`);
    await sequelize.query(`DROP SCHEMA shelf_${made} CASCADE`);
    expect(await leftovers()).toEqual(before);
  });

  it('keeps its name for itself when it is renamed and another one is made', async () => {
    const { table, found } = await indexed();
    await sequelize.query(`ALTER INDEX ${table}_title_body_full_text RENAME TO other_${table}`);
    expect(await found('cat')).toEqual(['cat']);
    const queryInterface = sequelize.getQueryInterface();
    expect((await addFullTextIndex(queryInterface, table, ['title', 'body'])).did).toBe('created');
    expect((await removeFullTextIndex(queryInterface, table, ['title', 'body'], { name: `other_${table}` })).did).toBe('removed');
    expect(await found('cat')).toEqual(['cat']);
    const shown = (await queryInterface.showIndex(table)) as { name: string }[];
    expect(shown.map(({ name }) => name)).toContain(`${table}_title_body_full_text`);
    expect(await queryInterface.showAllTables()).not.toContain(expect.stringContaining('words'));
  });

  it('survives sync({ alter: true }), VACUUM and a new process', async () => {
    const { Article, table, found } = await indexed();
    await Article.sync({ alter: true });
    await Article.destroy({ where: { title: 'cat' } });
    await sequelize.query('VACUUM');
    await Article.create({ title: 'cow', body: 'barks not' });
    expect(await found('barks')).toEqual(['dog', 'cow']);
    sequelize = await site.reopenFallback();
    const Reopened = sequelize.define('Reopened', { title: 'text', body: 'text' }, { tableName: table, timestamps: false });
    await Reopened.create({ title: 'owl', body: 'barks never' });
    expect(await foundIn(table, 'barks')).toEqual(['dog', 'cow', 'owl']);
  });

  it('keeps rows without numbers of their own after VACUUM', async () => {
    await sequelize.query('CREATE TABLE named (id text PRIMARY KEY, title text, body text)');
    await sequelize.query("INSERT INTO named SELECT 'row ' || n, 'word' || n, '' FROM generate_series(1, 50) AS n");
    await addFullTextIndex(sequelize.getQueryInterface(), 'named', ['title', 'body']);
    await sequelize.query("DELETE FROM named WHERE id IN ('row 1', 'row 7')");
    await sequelize.query('VACUUM');
    expect([await foundIn('named', 'word2', undefined, 'id'), await foundIn('named', 'word50', undefined, 'id')]).toEqual([
      ['row 2'],
      ['row 50'],
    ]);
    await sequelize.query('CREATE TABLE keyless (title text, body text)');
    await expect(addFullTextIndex(sequelize.getQueryInterface(), 'keyless', 'title')).rejects.toThrow('primary key');
  });

  it('answers in joins, subqueries, updates and outer joins', async () => {
    const { table, Article } = await indexed();
    const { val } = fullTextMatch(sequelize.getQueryInterface(), ['title', 'body'], 'cat', { alias: 'a' }) as unknown as { val: string };
    const [joined] = await sequelize.query(
      `SELECT b.id, ${val} AS hit FROM ${table} b LEFT JOIN ${table} a ON a.id = b.id AND a.id = 1 ORDER BY b.id`,
    );
    expect(joined).toEqual([
      { id: 1, hit: true },
      { id: 2, hit: false },
    ]);
    const [[inner]] = await sequelize.query(
      `SELECT count(*)::int AS n FROM ${table} b WHERE EXISTS (SELECT 1 FROM ${table} a WHERE a.id = b.id AND ${val})`,
    );
    expect(inner).toEqual({ n: 1 });
    await Article.update({ title: 'cat two' }, { where: fullTextMatch(sequelize.getQueryInterface(), ['title', 'body'], 'cat') });
    await Article.destroy({ where: fullTextMatch(sequelize.getQueryInterface(), ['title', 'body'], 'two cat') });
    expect(await Article.count()).toBe(1);
  });

  it('refuses a search that it can not answer exactly', async () => {
    const { table } = await indexed();
    const { val } = fullTextMatch(sequelize.getQueryInterface(), ['title', 'body'], 'cat') as unknown as { val: string };
    const refused = async (sql: string) => await expect(sequelize.query(sql)).rejects.toThrow('is not available on the SQLite fallback');
    await refused(`UPDATE ${table} SET title = 'x' RETURNING ${val}`);
    await refused(`SELECT 1 FROM ${table} WHERE ${val.replace('plainto_tsquery', 'to_tsquery')}`);
    await refused(`SELECT 1 FROM ${table} WHERE ${val.replace("plainto_tsquery('simple'", "plainto_tsquery('english'")}`);
    await refused(`SELECT 1 FROM (SELECT title, body FROM ${table}) s WHERE ${val}`);
    await refused(`SELECT 1 FROM ${table} WHERE ${val.replace("'g'", "'gi'")}`);
    const [[row]] = await sequelize.query(`SELECT count(*)::int AS n FROM ${table} WHERE ${val.replace("'cat'", '$1')}`, { bind: ['CAT'] });
    expect(row).toEqual({ n: 1 });
    const [none] = await sequelize.query(`SELECT 1 FROM ${table} WHERE NOT ${val.replace("'cat'", '$1')}`, { bind: [null] });
    expect(none).toEqual([]);
  });
});
