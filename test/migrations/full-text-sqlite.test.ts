import { DataTypes, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeColumnSafe } from '../../src/migrations/columns-safe.js';
import { addFullTextIndex, fullTextMatch, removeFullTextIndex } from '../../src/migrations/full-text.js';
import { articlesOn, openSite, type Site } from './full-text-site.js';

let site: Site;
let sequelize: Sequelize;
beforeAll(async () => {
  site = await openSite();
  sequelize = site.sequelizeOf('plain SQLite');
}, 120_000);
afterAll(() => site.dispose());

const match = (table: string, query: string) => fullTextMatch(sequelize.getQueryInterface(), ['title', 'body'], query, { table });

describe('a full-text index on plain SQLite', () => {
  it('never answers from an index that has lost its triggers', async () => {
    const queryInterface = sequelize.getQueryInterface();
    const Article = await articlesOn(sequelize, 'rebuilt');
    await Article.create({ title: 'cat' });
    await addFullTextIndex(queryInterface, 'rebuilt', ['title', 'body']);
    // Sequelize makes a copy of the table on SQLite, and drops the triggers with the old one.
    await queryInterface.changeColumn('rebuilt', 'title', { type: DataTypes.TEXT });
    await expect(Article.count({ where: match('rebuilt', 'cat') })).rejects.toThrow('has lost its triggers: call addFullTextIndex()');
    await Article.create({ title: 'cat two' });
    expect((await addFullTextIndex(queryInterface, 'rebuilt', ['title', 'body'])).did).toBe('changed');
    expect(await Article.count({ where: match('rebuilt', 'cat') })).toBe(2);
  });

  it('says what is to be removed before a column of it is', async () => {
    const queryInterface = sequelize.getQueryInterface();
    await articlesOn(sequelize, 'dropping');
    await addFullTextIndex(queryInterface, 'dropping', ['title', 'body']);
    const remove = () => removeColumnSafe(queryInterface, 'dropping', 'body');
    await expect(remove()).rejects.toMatchObject({ remedy: 'Call removeFullTextIndex() for the columns ["title","body"] first.' });
    await removeFullTextIndex(queryInterface, 'dropping', ['title', 'body']);
    expect(await remove()).toMatchObject({ did: 'removed' });
  });

  it('never answers for another table that was given the name', async () => {
    const queryInterface = sequelize.getQueryInterface();
    const Article = await articlesOn(sequelize, 'before');
    await Article.create({ title: 'cat' });
    await addFullTextIndex(queryInterface, 'before', ['title', 'body']);
    await queryInterface.renameTable('before', 'after');
    const New = await articlesOn(sequelize, 'before');
    await New.create({ title: 'dog' });
    await expect(New.count({ where: match('before', 'cat') })).rejects.toThrow('full-text index');
    expect((await addFullTextIndex(queryInterface, 'before', ['title', 'body'])).did).toBe('changed');
    expect([await New.count({ where: match('before', 'cat') }), await New.count({ where: match('before', 'dog') })]).toEqual([0, 1]);
  });

  it('never answers for other columns than those of the index', async () => {
    const queryInterface = sequelize.getQueryInterface();
    const Article = await articlesOn(sequelize, 'columns');
    await Article.create({ title: 'cat', body: 'dog' });
    await addFullTextIndex(queryInterface, 'columns', ['title'], { name: 'words' });
    const count = (columns: string | string[]) =>
      Article.count({ where: fullTextMatch(queryInterface, columns, 'cat', { table: 'columns', name: 'words' }) });
    expect(await count('title')).toBe(1);
    await expect(count('body')).rejects.toThrow('(body; simple) is not there');
    await expect(count(['title', 'body'])).rejects.toThrow('(title, body; simple) is not there');
    await sequelize.query('ALTER TABLE columns RENAME COLUMN title TO headline');
    await expect(count('headline')).rejects.toThrow('(headline; simple) is not there');
    expect((await addFullTextIndex(queryInterface, 'columns', 'headline', { name: 'words' })).did).toBe('changed');
    expect(await count('headline')).toBe(1);
  });

  it('follows INSERT OR REPLACE and INSERT OR IGNORE, whatever numbers the rows have', async () => {
    const queryInterface = sequelize.getQueryInterface();
    const Named = sequelize.define(
      'Named',
      { key: { type: DataTypes.UUID, primaryKey: true }, title: DataTypes.TEXT, body: DataTypes.TEXT },
      { tableName: 'named', timestamps: false },
    );
    await Named.sync();
    await addFullTextIndex(queryInterface, 'named', ['title', 'body']);
    const write = (how: string, key: string, title: string) =>
      sequelize.query(`INSERT OR ${how} INTO named (key, title) VALUES ('${key}', '${title}')`);
    await write('REPLACE', 'a', 'one');
    await write('REPLACE', 'b', 'two');
    await write('REPLACE', 'a', 'three');
    await write('IGNORE', 'a', 'four');
    const keys = async (query: string) =>
      (await Named.findAll({ where: match('named', query), raw: true })).map((row) => (row as unknown as { key: string }).key);
    expect([await keys('one'), await keys('two'), await keys('three'), await keys('four')]).toEqual([[], ['b'], ['a'], []]);
    await sequelize.query("DELETE FROM named WHERE key = 'a'");
    await sequelize.query('VACUUM');
    await write('IGNORE', 'c', 'five');
    expect([await keys('two'), await keys('three'), await keys('five')]).toEqual([['b'], [], ['c']]);
  });

  it('finds the table by the one model that has the columns, and asks for it otherwise', async () => {
    const queryInterface = sequelize.getQueryInterface();
    const Only = sequelize.define(
      'Only',
      { onlyHere: { type: DataTypes.TEXT, field: 'only_here' } },
      { tableName: 'only', timestamps: false },
    );
    await Only.sync();
    await addFullTextIndex(queryInterface, 'only', 'only_here');
    await Only.create({ onlyHere: 'cat' });
    expect(await Only.count({ where: fullTextMatch(queryInterface, 'only_here', 'cat') })).toBe(1);
    expect(() => fullTextMatch(queryInterface, 'nowhere', 'cat')).toThrow('no model has the columns nowhere');
  });

  it('refuses other columns than texts, and tables without a key', async () => {
    const queryInterface = sequelize.getQueryInterface();
    await articlesOn(sequelize, 'unfit');
    await expect(addFullTextIndex(queryInterface, 'unfit', 'position')).rejects.toThrow('is of type INTEGER');
    await sequelize.query('CREATE TABLE keyless (title TEXT)');
    await expect(addFullTextIndex(queryInterface, 'keyless', 'title')).rejects.toThrow('has no key');
    await sequelize.query('CREATE TABLE odd (_rowid_ INTEGER PRIMARY KEY, title TEXT)');
    await expect(addFullTextIndex(queryInterface, 'odd', 'title')).rejects.toThrow('_rowid_');
  });
});
