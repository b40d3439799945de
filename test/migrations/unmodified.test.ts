import { DataTypes, type QueryInterface, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { outcomeOf } from '../../src/testing/outcome.js';
import { type Engines, openEngines } from '../contract/engines.js';

let engines: Engines;
beforeAll(async () => {
  engines = await openEngines();
});
afterAll(() => engines.dispose());

/** What is left of a library after a migration, each thing found out by using it. */
interface Left {
  readonly books: readonly string[];
  /** The rows of a table that references the changed one with ON DELETE CASCADE. */
  readonly reviews: number;
  readonly indexes: readonly string[];
  readonly uniqueIndexRefuses: boolean;
  readonly uniquePairRefuses: boolean;
  readonly checkRefuses: boolean;
  readonly defaultIsSet: boolean;
  readonly notNullRefuses: boolean;
  readonly ownForeignKeyRefuses: boolean;
  readonly reviewsForeignKeyRefuses: boolean;
  readonly deletionCascadesToReviews: boolean;
  readonly deletedNumberIsNotGivenAgain: boolean;
}

const EVERYTHING: Left = {
  books: ['1 Emma 4.5', '2 Persuasion 3'],
  reviews: 3,
  indexes: ['book_author_unique', 'book_by_title', 'book_isbn'],
  uniqueIndexRefuses: true,
  uniquePairRefuses: true,
  checkRefuses: true,
  defaultIsSet: true,
  notNullRefuses: true,
  ownForeignKeyRefuses: true,
  reviewsForeignKeyRefuses: true,
  deletionCascadesToReviews: true,
  deletedNumberIsNotGivenAgain: true,
};

type Change = (queryInterface: QueryInterface, prefix: string) => Promise<unknown>;

/** The libraries before a change: books have each kind of constraint, and other tables point at them. */
async function library(sequelize: Sequelize, prefix: string, hasPairs: boolean): Promise<void> {
  const queryInterface = sequelize.getQueryInterface();
  const table = (name: string) => `${prefix}_${name}`;
  const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true };
  await queryInterface.createTable(table('author'), { id, name: DataTypes.STRING });
  await queryInterface.createTable(
    table('book'),
    {
      id,
      authorId: { type: DataTypes.INTEGER, references: { model: table('author'), key: 'id' }, onDelete: 'CASCADE' },
      title: { type: DataTypes.STRING(50), allowNull: false, defaultValue: 'untitled' },
      price: `DECIMAL(8, 2) CONSTRAINT ${table('positive')} CHECK (price >= 0)` as never,
      isbn: { type: DataTypes.STRING(20) },
      shelf: DataTypes.STRING,
      note: DataTypes.TEXT,
    },
    hasPairs ? { uniqueKeys: { [table('author_and_title')]: { fields: ['authorId', 'title'] } } } : {},
  );
  await queryInterface.addIndex(table('book'), ['title', 'price'], { name: table('book_by_title') });
  await queryInterface.addIndex(table('book'), ['isbn'], { name: table('book_isbn'), unique: true });
  if (hasPairs)
    await queryInterface.addIndex(table('book'), ['authorId', 'isbn'], {
      name: table('book_author_unique'),
      unique: true,
      where: { authorId: 1 },
    });
  await queryInterface.createTable(table('review'), {
    id,
    bookId: { type: DataTypes.INTEGER, allowNull: false, references: { model: table('book'), key: 'id' }, onDelete: 'CASCADE' },
  });
  await queryInterface.bulkInsert(table('author'), [{ name: 'Jane' }]);
  await queryInterface.bulkInsert(table('book'), [
    { authorId: 1, title: 'Emma', price: 4.5, isbn: 'e' },
    { authorId: 1, title: 'Persuasion', price: 3, isbn: 'p' },
    { authorId: 1, title: 'Sanditon', price: 1, isbn: 's' },
  ]);
  await queryInterface.bulkInsert(table('review'), [{ bookId: 1 }, { bookId: 1 }, { bookId: 2 }]);
  await queryInterface.bulkDelete(table('book'), { title: 'Sanditon' });
}

/** `price` is what the column is called now. */
async function leftOf(sequelize: Sequelize, prefix: string, price = 'price'): Promise<Left> {
  const queryInterface = sequelize.getQueryInterface();
  const rows = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await sequelize.query(sql.replaceAll(/\$(\w+)/g, `"${prefix}_$1"`)))[0] as Record<string, unknown>[];
  const isRefused = async (sql: string): Promise<boolean> => (await outcomeOf(() => rows(sql))).error !== undefined;
  const books = await rows(`SELECT id, title, "${price}" AS price FROM $book ORDER BY id`);
  const reviews = await rows('SELECT id FROM $review');
  const indexes = (await queryInterface.showIndex(`${prefix}_book`)) as { name: string }[];
  const uniqueIndexRefuses = await isRefused(`INSERT INTO $book (id, isbn) VALUES (90, 'e')`);
  const uniquePairRefuses = await isRefused(`INSERT INTO $book (id, "authorId", title) VALUES (91, 1, 'Emma')`);
  await rows('DELETE FROM $book WHERE id >= 90');
  const checkRefuses = await isRefused(`UPDATE $book SET "${price}" = -1 WHERE id = 1`);
  const notNullRefuses = await isRefused('UPDATE $book SET title = NULL WHERE id = 1');
  const ownForeignKeyRefuses = await isRefused('UPDATE $book SET "authorId" = 99 WHERE id = 2');
  const reviewsForeignKeyRefuses = await isRefused('INSERT INTO $review ("bookId") VALUES (99)');
  await rows('INSERT INTO $book ("authorId") VALUES (NULL)');
  const [newest] = await rows('SELECT id, title FROM $book ORDER BY id DESC LIMIT 1');
  await rows('DELETE FROM $book WHERE id = 1');
  return {
    books: books.map((book) => `${String(book['id'])} ${String(book['title'])} ${Number(book['price'])}`),
    reviews: reviews.length,
    indexes: indexes
      .map(({ name }) => name.replace(`${prefix}_`, ''))
      .filter((name) => Object.values(EVERYTHING.indexes).includes(name))
      .sort(),
    uniqueIndexRefuses,
    uniquePairRefuses,
    checkRefuses,
    defaultIsSet: newest?.['title'] === 'untitled',
    notNullRefuses,
    ownForeignKeyRefuses,
    reviewsForeignKeyRefuses,
    deletionCascadesToReviews: (await rows('SELECT id FROM $review WHERE "bookId" = 1')).length === 0,
    deletedNumberIsNotGivenAgain: Number(newest?.['id']) > 3,
  };
}

interface Trial {
  readonly change: Change;
  /** What the price is called then. */
  readonly price?: string;
}

const TRIALS: Readonly<Record<string, Trial>> = {
  removeColumn: { change: (queryInterface, prefix) => queryInterface.removeColumn(`${prefix}_book`, 'note') },
  changeColumn: {
    change: (queryInterface, prefix) =>
      queryInterface.changeColumn(`${prefix}_book`, 'shelf', { type: DataTypes.STRING(10), defaultValue: 'A' }),
  },
  renameColumn: {
    change: (queryInterface, prefix) => queryInterface.renameColumn(`${prefix}_book`, 'price', 'cost'),
    price: 'cost',
  },
};

async function after({ change, price }: Trial, sequelize: Sequelize, prefix: string, hasPairs = true): Promise<unknown> {
  await library(sequelize, prefix, hasPairs);
  return await outcomeOf(async () => {
    await change(sequelize.getQueryInterface(), prefix);
    return leftOf(sequelize, prefix, price);
  });
}

for (const [name, trial] of Object.entries(TRIALS)) {
  describe(name, () => {
    it('keeps on the fallback what it keeps on PostgreSQL: rows, indexes, keys, checks, defaults, numbers', async () => {
      expect(await after(trial, engines.postgres, name)).toEqual({ value: EVERYTHING });
      expect(await after(trial, engines.fallback, name)).toEqual({ value: EVERYTHING });
    });

    it('fails with plain Sequelize on SQLite where two columns are unique together: its rebuild makes each of them unique', async () => {
      expect(await after(trial, engines.stock, name)).toMatchObject({ error: { name: 'SequelizeUniqueConstraintError' } });
    });

    it('loses with plain Sequelize on SQLite the rows that reference the table, its indexes, its checks and its numbers', async () => {
      expect(await after(trial, engines.stock, `${name}2`, false)).toEqual({
        value: {
          ...EVERYTHING,
          reviews: 0,
          indexes: [],
          uniquePairRefuses: false,
          checkRefuses: false,
          deletedNumberIsNotGivenAgain: false,
        },
      });
    });
  });
}

describe('a table without pairs', () => {
  it('has all that plain Sequelize loses before the migration', async () => {
    await library(engines.stock, 'before', false);
    expect(await leftOf(engines.stock, 'before')).toEqual({
      ...EVERYTHING,
      indexes: ['book_by_title', 'book_isbn'],
      uniquePairRefuses: false,
    });
  });
});
