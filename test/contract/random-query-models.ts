import fc from 'fast-check';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';
import { date, day, decimal, float, int, ints, json, mood, type RandomQuery, range, text, texts } from './random-queries.js';

export type Models = Readonly<Record<'author' | 'book' | 'label' | 'bookLabel', ModelStatic<Model>>>;

/** Calls the finder, with the models of one engine. */
export async function asked(models: Models, { model, method, column, options }: RandomQuery): Promise<unknown> {
  const asking = models[model];
  switch (method) {
    case 'sum':
    case 'min':
    case 'max':
      return await asking[method](column as never, options as never);
    case 'groups':
      return await asking.findAll(options);
    case 'count':
      return sortedGroups(await asking.count(options as never));
    default:
      return await (asking[method] as (options: unknown) => Promise<unknown>).call(asking, options);
  }
}

/** Authors with their books, and the labels of these. */
export async function defined(sequelize: Sequelize): Promise<Models> {
  const id = { type: DataTypes.INTEGER, primaryKey: true };
  const plain = { timestamps: false, freezeTableName: true };
  const author = sequelize.define(
    'author',
    {
      id,
      name: DataTypes.STRING,
      email: DataTypes.STRING,
      age: DataTypes.INTEGER,
      rating: DataTypes.DOUBLE,
      balance: DataTypes.DECIMAL(10, 2),
      active: DataTypes.BOOLEAN,
      mood: DataTypes.ENUM('sad', 'ok', 'happy'),
      born: DataTypes.DATE,
      day: DataTypes.DATEONLY,
      tags: DataTypes.ARRAY(DataTypes.TEXT),
      nums: DataTypes.ARRAY(DataTypes.INTEGER),
      data: DataTypes.JSONB,
      span: DataTypes.RANGE(DataTypes.INTEGER),
      deletedAt: DataTypes.DATE,
    },
    { ...plain, timestamps: true, createdAt: false, updatedAt: false, paranoid: true },
  );
  const book = sequelize.define(
    'book',
    {
      id,
      authorId: DataTypes.INTEGER,
      title: DataTypes.TEXT,
      pages: DataTypes.INTEGER,
      price: DataTypes.DECIMAL,
      meta: DataTypes.JSONB,
      published: DataTypes.DATE,
    },
    plain,
  );
  const label = sequelize.define('label', { id, word: DataTypes.STRING }, plain);
  const bookLabel = sequelize.define(
    'bookLabel',
    { bookId: { type: DataTypes.INTEGER, primaryKey: true }, labelId: { type: DataTypes.INTEGER, primaryKey: true } },
    plain,
  );
  author.hasMany(book, { as: 'books', foreignKey: 'authorId', constraints: false });
  book.belongsTo(author, { as: 'author', foreignKey: 'authorId', constraints: false });
  book.belongsToMany(label, { as: 'labels', through: bookLabel, foreignKey: 'bookId', otherKey: 'labelId', constraints: false });
  for (const model of [author, book, label, bookLabel]) await model.sync();
  return { author, book, label, bookLabel };
}

export type Rows = Readonly<Record<keyof Models, readonly Record<string, unknown>[]>>;

/** The rows of all tables, the same for the same seed. */
export function randomRows(from: number): Rows {
  const or = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 5 });
  const author = fc.record(
    {
      name: or(text),
      email: or(text),
      age: or(int),
      rating: or(float),
      balance: or(decimal),
      active: or(fc.boolean()),
      mood: or(mood),
      born: or(date),
      day: or(day),
      tags: or(texts),
      nums: or(ints),
      data: or(json),
      span: or(range),
      deletedAt: fc.option(date, { freq: 1 }).map((gone) => gone),
    }, // prettier-ignore
    { noNullPrototype: true },
  );
  const book = fc.record(
    {
      authorId: or(fc.integer({ min: 1, max: 11 })),
      title: or(text),
      pages: or(int),
      price: or(decimal),
      meta: or(json),
      published: or(date),
    },
    { noNullPrototype: true },
  );
  const numbered = <T extends object>(list: readonly T[]) => list.map((row, index) => ({ ...row, id: index + 1 }));
  const pairs = fc.uniqueArray(
    fc.record({ bookId: fc.integer({ min: 1, max: 14 }), labelId: fc.integer({ min: 1, max: 3 }) }, { noNullPrototype: true }),
    {
      minLength: 8,
      maxLength: 14,
      selector: ({ bookId, labelId }) => `${bookId}/${labelId}`,
    },
  );
  const seeded = { seed: from, numRuns: 1 };
  const [authors = []] = fc.sample(fc.array(author, { minLength: 9, maxLength: 12 }), seeded);
  const [books = []] = fc.sample(fc.array(book, { minLength: 12, maxLength: 20 }), seeded);
  const [bookLabel = []] = fc.sample(pairs, seeded);
  return { author: numbered(authors), book: numbered(books), label: numbered(['x', 'y', 'z'].map((word) => ({ word }))), bookLabel };
}

export async function fill(models: Models, rows: Rows): Promise<void> {
  for (const name of ['author', 'book', 'label', 'bookLabel'] as const) {
    await models[name].destroy({ where: {}, force: true });
    await models[name].bulkCreate(rows[name].map((row) => ({ ...row })));
  }
}

/** Sequelize leaves out the order of a grouped count. */
function sortedGroups(counted: unknown): unknown {
  const key = (group: unknown) => JSON.stringify(group);
  return Array.isArray(counted) ? counted.sort((a, b) => (key(a) < key(b) ? -1 : 1)) : counted;
}
