import { inspect } from 'node:util';
import {
  DataTypes,
  Model,
  type BelongsToManyAddAssociationsMixin,
  type BelongsToSetAssociationMixin,
  type CreationOptional,
  type HasManyAddAssociationMixin,
  type HasManyAddAssociationsMixin,
  type InferAttributes,
  type InferCreationAttributes,
  type NonAttribute,
  type Sequelize,
} from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StaleRowError, type Role } from '../../src/index.js';
import { Gate, openSwitchable, switchableForTest, type Switchable } from '../support/connections.js';
import { startPostgres, type PostgresServer } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

function defineLibrary(sequelize: Sequelize) {
  class Author extends Model<InferAttributes<Author>, InferCreationAttributes<Author>> {
    declare id: CreationOptional<number>;
    declare name: string;
    declare age: CreationOptional<number>;
    declare books?: NonAttribute<Book[]>;
    declare addBook: HasManyAddAssociationMixin<Book, number>;
    declare addBooks: HasManyAddAssociationsMixin<Book, number>;
    declare addTags: BelongsToManyAddAssociationsMixin<Tag, number>;
  }
  class Book extends Model<InferAttributes<Book>, InferCreationAttributes<Book>> {
    declare id: CreationOptional<number>;
    declare title: string;
    declare setAuthor: BelongsToSetAssociationMixin<Author, number>;
  }
  class Tag extends Model<InferAttributes<Tag>, InferCreationAttributes<Tag>> {
    declare id: CreationOptional<number>;
    declare word: string;
  }
  const id = () => ({ type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true });
  Author.init(
    { id: id(), name: { type: DataTypes.STRING, unique: true }, age: { type: DataTypes.INTEGER, defaultValue: 0 } },
    { sequelize, paranoid: true },
  );
  Book.init({ id: id(), title: DataTypes.STRING }, { sequelize });
  Tag.init({ id: id(), word: DataTypes.STRING }, { sequelize });
  Author.hasMany(Book, { as: 'books', foreignKey: 'authorId' });
  Author.hasOne(Book, { as: 'firstBook', foreignKey: 'firstAuthorId' });
  Book.belongsTo(Author, { as: 'author', foreignKey: 'authorId' });
  Author.belongsToMany(Tag, { as: 'tags', through: 'AuthorTags' });
  Tag.belongsToMany(Author, { as: 'authors', through: 'AuthorTags' });
  return { Author, Book, Tag };
}

type Library = ReturnType<typeof defineLibrary>;
type Author = InstanceType<Library['Author']>;

const stale = (origin: Role, active: Role) => ({ name: 'StaleRowError', code: 'STALE_ROW', origin, active });

describe('a row that was read from PostgreSQL, after a switch to SQLite', () => {
  let switchable: Switchable;
  let library: Library;
  let author: Author;
  let book: InstanceType<Library['Book']>;
  let tag: InstanceType<Library['Tag']>;
  let stranger: Author;

  beforeAll(async () => {
    switchable = await openSwitchable(server);
    library = defineLibrary(switchable.sequelize);
    const { Author, Book, Tag } = library;
    await Author.create({ name: 'Ada' });
    await Book.create({ title: 'Notes' });
    await Tag.create({ word: 'mathematics' });
    author = await Author.findOne({ rejectOnEmpty: true });
    book = await Book.findOne({ rejectOnEmpty: true });
    tag = await Tag.findOne({ rejectOnEmpty: true });
    await switchable.toSqlite();
    // The same ids, other rows.
    stranger = await Author.create({ name: 'stranger' });
    await Book.create({ title: "a stranger's" });
    await Tag.create({ word: 'strange' });
  });
  afterAll(() => switchable.close());

  const rowCalls: Record<string, (row: Author) => Promise<unknown>> = {
    save: (row) => {
      row.name = 'changed';
      return row.save();
    },
    update: (row) => row.update({ name: 'changed' }),
    destroy: (row) => row.destroy(),
    'destroy for good': (row) => row.destroy({ force: true }),
    reload: (row) => row.reload(),
    increment: (row) => row.increment('age'),
    decrement: (row) => row.decrement({ age: 2 }),
    restore: (row) => row.restore(),
  };

  it.each(Object.keys(rowCalls))('refuses %s', async (name) => {
    await expect(rowCalls[name]?.(author)).rejects.toBeInstanceOf(StaleRowError);
    await expect(rowCalls[name]?.(author)).rejects.toMatchObject({ ...stale('primary', 'fallback'), model: 'Author' });
    expect(await switchable.sqlite('SELECT name, age, deletedAt FROM Authors')).toEqual([{ name: 'stranger', age: 0, deletedAt: null }]);
  });

  const mixins = {
    'has many': [
      'getBooks',
      'countBooks',
      'hasBook',
      'hasBooks',
      'setBooks',
      'addBook',
      'addBooks',
      'removeBook',
      'removeBooks',
      'createBook',
    ],
    'has one': ['getFirstBook', 'setFirstBook', 'createFirstBook'],
    'belongs to many': [
      'getTags',
      'countTags',
      'hasTag',
      'hasTags',
      'setTags',
      'addTag',
      'addTags',
      'removeTag',
      'removeTags',
      'createTag',
    ],
  };

  for (const [kind, names] of Object.entries(mixins)) {
    it.each(names)(`refuses its ${kind} call %s`, async (name) => {
      const call = (author as unknown as Record<string, (argument?: unknown) => Promise<unknown>>)[name];
      const argument = name.startsWith('create')
        ? { title: 'x', word: 'x' }
        : name.startsWith('get') || name.startsWith('count')
          ? {}
          : [1];
      expect(call).toBeTypeOf('function');
      await expect(call?.call(author, argument)).rejects.toMatchObject(stale('primary', 'fallback'));
    });
  }

  it.each(['getAuthor', 'setAuthor', 'createAuthor'])('refuses its belongs to call %s', async (name) => {
    const call = (book as unknown as Record<string, (argument?: unknown) => Promise<unknown>>)[name];
    await expect(call?.call(book, name === 'setAuthor' ? 1 : { name: 'x' })).rejects.toMatchObject(stale('primary', 'fallback'));
  });

  it('is refused as an argument, alone and in a list beside good ones', async () => {
    const { Book, Tag } = library;
    const mine = await Book.create({ title: 'mine' });
    const myTag = await Tag.create({ word: 'mine' });
    await expect(mine.setAuthor(author)).rejects.toMatchObject({ ...stale('primary', 'fallback'), model: 'Author' });
    await expect(stranger.addBook(book)).rejects.toMatchObject({ ...stale('primary', 'fallback'), model: 'Book' });
    await expect(stranger.addBooks([mine, book])).rejects.toMatchObject({ ...stale('primary', 'fallback'), model: 'Book' });
    await expect(stranger.addTags([myTag, tag])).rejects.toMatchObject({ ...stale('primary', 'fallback'), model: 'Tag' });
    expect(await switchable.sqlite('SELECT count(*) AS n FROM AuthorTags')).toEqual([{ n: 0 }]);
    expect(await switchable.sqlite('SELECT count(*) AS n FROM Books WHERE authorId IS NOT NULL')).toEqual([{ n: 0 }]);
  });

  it('is refused by connection.unit(fn) and within a transaction of the other database', async () => {
    await expect(switchable.connection.unit(() => author.save())).rejects.toBeInstanceOf(StaleRowError);
    const transaction = switchable.sequelize.transaction((transaction) => author.update({ name: 'x' }, { transaction }));
    await expect(transaction).rejects.toBeInstanceOf(StaleRowError);
  });

  it('can still be looked at, validated and changed in memory', async () => {
    expect(author.get('name')).toBeTypeOf('string');
    author.set('age', 7);
    await author.validate();
    expect(author.changed('age')).toBe(true);
  });
});

describe('the origin of a row', () => {
  const makings: Record<string, (library: Library, sequelize: Sequelize) => Promise<Author | null | undefined>> = {
    create: ({ Author }) => Author.create({ name: 'new' }),
    'build and save': ({ Author }) => Author.build({ name: 'new' }).save(),
    bulkCreate: async ({ Author }) => (await Author.bulkCreate([{ name: 'new' }]))[0],
    'bulkCreate with individual hooks': async ({ Author }) => (await Author.bulkCreate([{ name: 'new' }], { individualHooks: true }))[0],
    upsert: async ({ Author }) => (await Author.upsert({ id: 1, name: 'new' }))[0],
    'findOrCreate, created': async ({ Author }) => (await Author.findOrCreate({ where: { name: 'new' } }))[0],
    'findCreateFind, created': async ({ Author }) => (await Author.findCreateFind({ where: { name: 'new' } }))[0],
    'findOrCreate, found': async ({ Author }) => {
      await Author.create({ name: 'new' });
      return (await Author.findOrCreate({ where: { name: 'new' } }))[0];
    },
    'create within a transaction': ({ Author }, sequelize) =>
      sequelize.transaction((transaction) => Author.create({ name: 'new' }, { transaction })),
    findAndCountAll: async ({ Author }) => {
      await Author.create({ name: 'new' });
      return (await Author.findAndCountAll()).rows[0];
    },
    'a query with mapToModel': async ({ Author }, sequelize) => {
      await Author.create({ name: 'new' });
      return (await sequelize.query('SELECT * FROM "Authors"', { model: Author, mapToModel: true }))[0];
    },
    'update with returning': async ({ Author }, sequelize) => {
      await Author.create({ name: 'old' });
      const [, rows] = await Author.update({ name: 'new' }, { where: { name: 'old' }, returning: true });
      return sequelize.getDialect() === 'postgres' ? rows[0] : await Author.findOne();
    },
  };

  it.each(Object.keys(makings))('is known for: %s', async (name) => {
    const { sequelize, toSqlite, toPostgres } = await switchableForTest(server);
    const library = defineLibrary(sequelize);
    const onPostgres = await makings[name]?.(library, sequelize);
    await toSqlite();
    await expect(onPostgres?.update({ age: 3 })).rejects.toMatchObject(stale('primary', 'fallback'));
    const onSqlite = await makings[name]?.(library, sequelize);
    await onSqlite?.update({ age: 4 });
    await toPostgres();
    await expect(onSqlite?.update({ age: 5 })).rejects.toMatchObject(stale('fallback', 'primary'));
    // Away and back: the same role again.
    await onPostgres?.update({ age: 6 });
    expect(await library.Author.count({ where: { age: 6 } })).toBe(1);
  });

  it('is known for rows that came in with an include, nested and separate', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const { Author, Book } = defineLibrary(sequelize);
    const created = await Author.create({ name: 'Ada', books: [{ title: 'made' }] } as never, { include: ['books'] });
    const joined = await Author.findOne({ include: ['books'], rejectOnEmpty: true });
    const separate = await Author.findOne({ include: [{ model: Book, as: 'books', separate: true }], rejectOnEmpty: true });
    await toSqlite();
    await Book.create({ title: "a stranger's" });
    for (const { books } of [created, joined, separate]) {
      await expect(books?.[0]?.update({ title: 'changed' })).rejects.toMatchObject({ ...stale('primary', 'fallback'), model: 'Book' });
    }
  });

  it('is the database that a bulkCreate began on, where a switch comes in between', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const { Author } = defineLibrary(sequelize);
    await Author.count();
    const goOn = new Gate();
    const begun = new Gate();
    Author.addHook('beforeBulkCreate', async () => {
      begun.open();
      await goOn.opened;
    });
    const making = Author.bulkCreate([{ name: 'Ada' }]);
    await begun.opened;
    await toSqlite();
    await Author.create({ name: 'stranger' });
    goOn.open();
    const [row] = await making;
    await expect(row?.update({ name: 'changed' })).rejects.toMatchObject(stale('primary', 'fallback'));
    expect((await Author.findOne())?.name).toBe('stranger');
  });

  it('is the database that an upsert began on, where a switch comes in between', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const { Author } = defineLibrary(sequelize);
    await Author.count();
    Author.addHook('beforeUpsert', async () => {
      await toSqlite();
    });
    const [row] = await Author.upsert({ id: 1, name: 'Ada' });
    await Author.create({ name: 'stranger' });
    await expect(row.update({ name: 'changed' })).rejects.toMatchObject(stale('primary', 'fallback'));
  });

  it('is the transaction that wrote it, where that is not on the active database', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const { Author } = defineLibrary(sequelize);
    await Author.count();
    const transaction = await sequelize.transaction();
    await toSqlite();
    const created = await Author.create({ name: 'Ada' }, { transaction });
    const [bulk] = await Author.bulkCreate([{ name: 'Bob' }], { transaction });
    const [upserted] = await Author.upsert({ id: 9, name: 'Cid' }, { transaction });
    const read = await Author.findOne({ where: { name: 'Ada' }, transaction, rejectOnEmpty: true });
    await transaction.commit();
    for (const row of [created, bulk, upserted, read]) {
      await expect(row?.update({ age: 3 })).rejects.toMatchObject(stale('primary', 'fallback'));
    }
  });

  it('comes with reload: a row that was built by hand and read then', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const { Author } = defineLibrary(sequelize);
    const { id } = await Author.create({ name: 'Ada' });
    const row = Author.build({ id, name: '' }, { isNewRecord: false });
    await row.reload();
    expect(row.name).toBe('Ada');
    await toSqlite();
    await Author.create({ name: 'stranger' });
    await expect(row.update({ name: 'changed' })).rejects.toMatchObject(stale('primary', 'fallback'));
  });

  it('is nothing for a row that was built by hand: it is refused nowhere', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const { Author, Book } = defineLibrary(sequelize);
    const { id } = await Author.create({ name: 'Ada' });
    const known = Author.build({ id, name: 'Ada' }, { isNewRecord: false });
    const unsaved = Author.build({ name: 'Bob' });
    await toSqlite();
    await Author.create({ name: 'Cid' });
    await known.update({ age: 5 });
    await unsaved.save();
    const book = await Book.create({ title: 'x' });
    await book.setAuthor(Author.build({ id, name: 'Ada' }, { isNewRecord: false }));
    expect(await Author.count({ where: { age: 5 } })).toBe(1);
  });

  it('shows in no JSON and no inspected value of the row', async () => {
    const { sequelize, toSqlite } = await switchableForTest(server);
    const { Author } = defineLibrary(sequelize);
    for (const make of [() => Author.create({ name: 'Ada' }), () => Author.findOne({ rejectOnEmpty: true })]) {
      const row = await make();
      const plain = ['age', 'createdAt', 'deletedAt', 'id', 'name', 'updatedAt'];
      expect(Object.keys(JSON.parse(JSON.stringify(row)) as object).filter((key) => key !== 'deletedAt')).toEqual(
        expect.arrayContaining(plain.filter((key) => key !== 'deletedAt')),
      );
      expect(plain).toEqual(expect.arrayContaining(Object.keys(row.toJSON())));
      expect(Object.keys(row).sort()).toEqual(['_changed', '_options', '_previousDataValues', 'dataValues', 'isNewRecord', 'uniqno']);
      expect(JSON.stringify(row)).not.toMatch(/origin|resilient|primary/);
      expect(inspect(row.get({ plain: true }))).not.toMatch(/origin|resilient/);
    }
    await toSqlite();
    expect(JSON.stringify(await Author.create({ name: 'Bob' }))).not.toMatch(/origin|resilient|fallback/);
  });
});
