import { DataTypes } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { newDiary, rowsOf, shapeOf, synced } from './diary.js';

const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true };
const plain = { timestamps: false, freezeTableName: true } as const;

/** Names that need care: each is a table with a column, an index, a constraint and an enum of it. */
export async function oddNames(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const long = 'x'.repeat(63 - name('').length);
  for (const word of [
    'order',
    'user',
    'Select',
    'with space',
    'dash-ed',
    'süß',
    'semi;colon',
    'per%cent',
    'question?',
    'dollar$1',
    'back`tick',
    '[brackets]',
    '日本',
    '1st',
    'sqlite_x',
    'a:b',
    long,
  ]) {
    const table = name(word);
    const column = word.slice(0, 30);
    const model = sequelize.define(
      table,
      {
        id,
        [column]: { type: DataTypes.STRING(20), defaultValue: column.slice(0, 20) },
        n: { type: DataTypes.INTEGER, unique: true },
        mood: DataTypes.ENUM('a', 'b'),
      },
      { ...plain, indexes: [{ fields: [column, 'n'] }] },
    );
    await note(`sync ${word}`, () => synced(model));
    await note('create', async () => (await model.create({ n: 1, mood: 'a' })).get({ plain: true }));
    await note('twice', () => model.create({ n: 1 }));
    await note('too long', () => model.create({ [column]: 'y'.repeat(21), n: 2 }));
    await note('find', () => model.findAll({ where: { [column]: column.slice(0, 20) }, order: [[column, 'DESC']] }));
    await note('rename a column', () => queryInterface.renameColumn(table, column, `${column} 2`));
    await note('and back', () => queryInterface.renameColumn(table, `${column} 2`, column));
    await note('alter', () => synced(model, { alter: true }));
    await note('shape', () => shapeOf(queryInterface, table));
    await note('rename', () => queryInterface.renameTable(table, `${table.slice(0, 61)}_z`));
    await note('shape', () => shapeOf(queryInterface, `${table.slice(0, 61)}_z`));
    await note('drop', () => queryInterface.dropTable(`${table.slice(0, 61)}_z`));
  }
  return entries;
}

/** What PostgreSQL makes of names without quotes, and of names that are too long. */
export async function foldedNames(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const table = name('folded');
  const raw = (text: string) => rowsOf(sequelize, text);
  await note('create', () =>
    raw(`CREATE TABLE ${name('Folded')} (ID SERIAL PRIMARY KEY, UserName VARCHAR(10) NOT NULL, "Mixed" INTEGER UNIQUE)`),
  );
  await note('again, in capitals', () => raw(`CREATE TABLE ${name('FOLDED').toUpperCase()} (x INT)`));
  await note('shape', () => shapeOf(queryInterface, table));
  await note('insert', () =>
    raw(`INSERT INTO ${table.toUpperCase()} (USERNAME, "Mixed") VALUES ('ada', 1) RETURNING Id, UserName, "Mixed"`),
  );
  await note('by the wrong name', () => raw(`SELECT Mixed FROM ${table}`));
  await note('by another wrong name', () => raw(`SELECT "UserName" FROM ${table}`));
  await note('of the wrong table', () => raw(`SELECT * FROM "${name('Folded')}"`));
  await note('beside it', () => raw(`CREATE TABLE "${name('Folded')}" (id INT PRIMARY KEY REFERENCES ${table} (id))`));
  await note('both', async () => [
    await raw(`INSERT INTO "${name('Folded')}" VALUES (1) RETURNING *`),
    await raw(`SELECT * FROM ${name('Folded')}`),
  ]);
  await note('index names in one schema', () => raw(`CREATE INDEX ${table} ON "${name('Folded')}" (id)`));
  await note('a table of an index name', () => raw(`CREATE TABLE "${table}_pkey" (x INT)`));
  const long = name('l'.repeat(80));
  await note('too long', () =>
    raw(`CREATE TABLE "${long}" (id SERIAL PRIMARY KEY, "${'c'.repeat(70)}" INT UNIQUE CHECK ("${'c'.repeat(70)}" > 0))`),
  );
  await note('by its whole name', () => raw(`INSERT INTO "${long}" ("${'c'.repeat(70)}") VALUES (1) RETURNING *`));
  await note('by its short name', () => raw(`SELECT * FROM "${long.slice(0, 63)}"`));
  await note('twice', () => raw(`INSERT INTO "${long}" ("${'c'.repeat(70)}") VALUES (1)`));
  await note('not positive', () => raw(`INSERT INTO "${long}" ("${'c'.repeat(70)}") VALUES (-1)`));
  await note('shape', () => shapeOf(queryInterface, long.slice(0, 63)));
  await note('letters of several bytes', () => raw(`CREATE TABLE "${name('ä'.repeat(40))}" (id INT)`));
  await note('as tables are told', () =>
    raw(`SELECT table_name FROM information_schema.tables WHERE table_name LIKE '${name('')}%' ORDER BY 1`),
  );
  return entries;
}

/** Two tables, columns' fields, and associations of models whose names differ from the tables'. */
export async function namedModels(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const author = sequelize.define(
    name('Author'),
    { firstName: { type: DataTypes.STRING, field: 'first_name' }, Group: DataTypes.STRING },
    { underscored: true, tableName: name('Authors') },
  );
  const post = sequelize.define(
    name('BlogPost'),
    { title: { type: DataTypes.STRING, field: 'Title' }, authorId: { type: DataTypes.INTEGER, field: 'AUTHOR' } },
    { timestamps: false },
  );
  author.hasMany(post, { foreignKey: 'authorId', as: 'posts', onDelete: 'CASCADE' });
  post.belongsTo(author, { foreignKey: 'authorId', as: 'author' });
  const label = sequelize.define(
    name('label'),
    { text: DataTypes.STRING },
    { timestamps: false, name: { singular: 'label', plural: 'labels' } },
  );
  const link = sequelize.define(name('link'), { weight: { type: DataTypes.INTEGER, defaultValue: 3 } }, { timestamps: false });
  post.belongsToMany(label, { through: link, as: 'labels', foreignKey: 'post_id', otherKey: 'label_id' });
  label.belongsToMany(post, { through: link, as: 'posts', foreignKey: 'label_id', otherKey: 'post_id' });
  for (const model of [author, post, label, link]) {
    await note('sync', () => synced(model, { alter: true }));
    await note('shape', () => shapeOf(sequelize.getQueryInterface(), model.getTableName()));
  }
  await note('all', async () => {
    const made = await author.create(
      { firstName: 'Ada', Group: 'g', posts: [{ title: 'one', labels: [{ text: 'x' }] }] },
      { include: [{ association: 'posts', include: ['labels'] }] },
    );
    await post.create({ title: 'two', authorId: made.get('id') as number });
    const found = await author.findAll({
      attributes: ['firstName', 'Group'],
      include: [{ association: 'posts', include: ['labels'] }],
      order: [[{ model: post, as: 'posts' }, 'title', 'DESC']],
    });
    await post.update({ title: 'three' }, { where: { authorId: made.get('id') as number, title: 'two' } });
    return [found.map((row) => row.get({ plain: true })), await post.findAll({ order: ['id'] })];
  });
  await note('a label twice', () => link.create({ post_id: 1, label_id: 1 }));
  await note('to nothing', () => link.create({ post_id: 1, label_id: 99 }));
  await note('gone', async () => [
    await author.destroy({ where: { firstName: 'Ada' } }),
    await post.count(),
    await link.count(),
    await label.count(),
  ]);
  return entries;
}
