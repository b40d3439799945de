import { DataTypes, Deferrable, fn, literal, Op } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { type Migrating, migration } from './migrating.js';

const chapter = 'The query interface, as migrations use it';

const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true } as const;

/** Two tables with all that a table can have, and rows in both. */
async function family({ queryInterface, name }: Migrating): Promise<void> {
  await queryInterface.createTable(name('parent'), {
    id,
    code: { type: DataTypes.STRING(10), allowNull: false, unique: true },
    rank: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 3 },
  });
  await queryInterface.createTable(
    name('child'),
    {
      id,
      parentId: { type: DataTypes.INTEGER, references: { model: name('parent'), key: 'id' }, onDelete: 'CASCADE', onUpdate: 'CASCADE' },
      parentCode: {
        type: DataTypes.STRING(10),
        references: { model: name('parent'), key: 'code' },
        onDelete: 'SET NULL',
        onUpdate: 'CASCADE',
      },
      title: { type: DataTypes.STRING(20), allowNull: false, defaultValue: 'none', comment: 'what it is called' },
      kind: { type: DataTypes.ENUM('a', 'b'), allowNull: false, defaultValue: 'a' },
      price: { type: DataTypes.DECIMAL(8, 2), defaultValue: '1.50' },
      tags: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false, defaultValue: [] },
      data: { type: DataTypes.JSONB, defaultValue: {} },
      extra: DataTypes.TEXT,
    },
    { uniqueKeys: { once: { fields: ['parentId', 'title'] } } },
  );
  await queryInterface.addIndex(name('child'), ['kind', { name: 'price', order: 'DESC' }] as never, { name: name('by_kind') });
  await queryInterface.addIndex(
    name('child'),
    [fn('lower', literal('"title"'))] as never,
    { name: name('by_lower'), unique: true, where: { kind: 'a' } } as never,
  );
  await queryInterface.addIndex(name('child'), { fields: ['data'], using: 'gin', name: name('by_data') });
  await queryInterface.addConstraint(name('child'), {
    type: 'check',
    fields: ['price'],
    where: { price: { [Op.gte]: 0 } },
    name: name('priced'),
  });
  await queryInterface.bulkInsert(name('parent'), [
    { code: 'x', rank: 3 },
    { code: 'y', rank: 7 },
  ]);
  await queryInterface.bulkInsert(name('child'), [
    { parentId: 1, parentCode: 'x', title: 'One', kind: 'a', tags: ['p', 'q'], extra: 'e', price: 1.5, data: '{}' },
    { parentId: 2, parentCode: 'y', title: 'two', kind: 'b', tags: '{}', extra: null, price: null, data: '{"a":1}' },
    { parentId: null, parentCode: null, title: 'three', kind: 'a', tags: '{x}', extra: '7', price: '0.25', data: null },
  ]);
}

/** What the constraints of the family still refuse, and what goes along with a row. */
const stillKept = async ({ noteRaw, noteTable }: Migrating): Promise<void> => {
  await noteTable('child');
  await noteTable('parent');
  await noteRaw(
    `INSERT INTO $child ("parentId") VALUES (99)`,
    `INSERT INTO $child ("parentId", title) VALUES (1, 'One')`,
    `UPDATE $parent SET id = id + 100 WHERE id = 1`,
    `SELECT id, "parentId" FROM $child ORDER BY id`,
    `DELETE FROM $parent WHERE id = 101`,
    `SELECT id, "parentId" FROM $child ORDER BY id`,
  );
};

const adding = feature(chapter, 'addColumn', {
  'each option, beside rows': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await family(migrating);
    const add = (column: string, attribute: unknown) =>
      note(column, () => queryInterface.addColumn(name('child'), column, attribute as never));
    await add('plain', DataTypes.INTEGER);
    await add('notNull', { type: DataTypes.INTEGER, allowNull: false });
    await add('withDefault', { type: DataTypes.STRING, allowNull: false, defaultValue: "it's", comment: "what's; this" });
    await add('list', { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false, defaultValue: ['a', 'b'] });
    await add('doc', { type: DataTypes.JSONB, allowNull: false, defaultValue: { a: [1] } });
    await add('at', { type: DataTypes.DATE, allowNull: false, defaultValue: new Date(0) });
    await add('mood', { type: DataTypes.ENUM('x', 'y'), allowNull: false, defaultValue: 'y' });
    await add('moods', { type: DataTypes.ARRAY(DataTypes.ENUM('x', 'y')), defaultValue: ['x'] });
    await add('unique', { type: DataTypes.INTEGER, unique: true });
    await add('uniqueDefault', { type: DataTypes.INTEGER, unique: true, defaultValue: 1 });
    await add('parent2', {
      type: DataTypes.INTEGER,
      references: { model: name('parent'), key: 'id' },
      onDelete: 'SET NULL',
      onUpdate: 'CASCADE',
    });
    await add('parent3', { type: DataTypes.INTEGER, allowNull: false, defaultValue: 1, references: { model: name('parent'), key: 'id' } });
    await add('parent4', { type: DataTypes.INTEGER, allowNull: false, defaultValue: 9, references: { model: name('parent'), key: 'id' } });
    await add('itself', {
      type: DataTypes.INTEGER,
      references: { model: name('child'), key: 'id', deferrable: Deferrable.INITIALLY_DEFERRED() as never },
    });
    await add('uuid', { type: DataTypes.UUID, defaultValue: literal(`'6ecd8c99-4036-403d-bf84-cf8400f67836'::uuid`) });
    await add('checked', 'INTEGER DEFAULT 5 CHECK (checked > 0)');
    await add('checkedNot', 'INTEGER DEFAULT 5 CHECK ("checkedNot" > 5)');
    await add('calculated', 'TEXT GENERATED ALWAYS AS (title || extra) STORED');
    await add('title', DataTypes.STRING);
    await add('ctid', DataTypes.STRING);
    await note('to no table', () => queryInterface.addColumn(name('nothing'), 'a', DataTypes.STRING));
    await noteTable('child');
    await noteRaw(
      `INSERT INTO $child (title) VALUES ('new')`,
      `INSERT INTO $child (title, "unique") VALUES ('new2', 5)`,
      `UPDATE $child SET mood = 'z'`,
      `UPDATE $child SET parent2 = 77`,
    );
    await noteTable('child');
  }),
  'values that PostgreSQL reckons for each row': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw } = migrating;
    await family(migrating);
    await note('uuid', () =>
      queryInterface.addColumn(name('child'), 'uuid', { type: DataTypes.UUID, allowNull: false, defaultValue: fn('gen_random_uuid') }),
    );
    await note('now', () =>
      queryInterface.addColumn(name('child'), 'now', { type: DataTypes.DATE, allowNull: false, defaultValue: fn('now') }),
    );
    await noteRaw('SELECT count(DISTINCT uuid) AS uuids, count(DISTINCT now) AS nows FROM $child');
    await note('unique', () => queryInterface.addConstraint(name('child'), { type: 'unique', fields: ['uuid'], name: name('uq') }));
    await noteRaw(`UPDATE $child SET uuid = '6ecd8c99-4036-403d-bf84-cf8400f67836'`);
  }),
  'IF NOT EXISTS, several at once': migration(async (migrating) => {
    const { noteRaw, noteTable } = migrating;
    await family(migrating);
    await noteRaw(
      `ALTER TABLE $child ADD COLUMN IF NOT EXISTS title TEXT, ADD COLUMN IF NOT EXISTS fresh TEXT DEFAULT 'f'`,
      `ALTER TABLE $child ADD one INT, ADD COLUMN two INT NOT NULL DEFAULT 2, DROP COLUMN extra, ALTER COLUMN price SET NOT NULL`,
      `ALTER TABLE $child ADD one INT, ADD COLUMN two INT NOT NULL DEFAULT 2, DROP COLUMN extra, ALTER COLUMN title TYPE TEXT`,
      `ALTER TABLE $child ADD three INT, DROP COLUMN IF EXISTS nothing, RENAME title TO name`,
      `ALTER TABLE IF EXISTS $nothing ADD three INT`,
      `ALTER TABLE $nothing ADD three INT`,
      `ALTER TABLE $child ADD COLUMN five INT REFERENCES $parent, ADD CONSTRAINT $k CHECK (five > 5), ALTER five SET DEFAULT 6`,
    );
    await noteTable('child');
  }),
});

const changing = feature(chapter, 'changeColumn', {
  'types, one after another': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await family(migrating);
    const change = (column: string, attribute: unknown) =>
      note(column, () => queryInterface.changeColumn(name('child'), column, attribute as never));
    await change('title', { type: DataTypes.TEXT });
    await change('title', { type: DataTypes.STRING(3) });
    await change('title', { type: DataTypes.STRING(5), allowNull: false, defaultValue: 'n' });
    await noteTable('child');
    await change('price', { type: DataTypes.DECIMAL(10, 1) });
    await change('price', { type: DataTypes.INTEGER });
    await change('price', { type: DataTypes.DOUBLE, defaultValue: 2.5 });
    await change('price', { type: DataTypes.STRING, defaultValue: 'free' });
    await change('extra', { type: DataTypes.INTEGER });
    await change('extra', { type: "INTEGER USING CAST(NULLIF(extra, 'e') AS INTEGER)" });
    await change('extra', { type: 'BOOLEAN USING (extra = 7)', defaultValue: false });
    await change('tags', { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false, defaultValue: [] });
    await change('tags', { type: DataTypes.ARRAY(DataTypes.INTEGER) });
    await change('data', { type: DataTypes.JSON });
    await change('id', { type: DataTypes.BIGINT });
    await change('parentId', { type: DataTypes.BIGINT });
    await noteTable('child');
    await noteRaw(`INSERT INTO $child (title) VALUES ('x')`, `INSERT INTO $child (id, title) VALUES (50, 'x')`);
    await change('nothing', { type: DataTypes.TEXT });
    await note('of no table', () => queryInterface.changeColumn(name('nothing'), 'a', { type: DataTypes.TEXT }));
    await noteTable('child');
  }),
  'defaults that are kept': migration(async ({ noteRaw, noteTable, name }) => {
    await noteRaw(
      `CREATE TYPE $e AS ENUM ('a', 'b')`,
      `CREATE TABLE $d (id INT PRIMARY KEY, v VARCHAR(20) DEFAULT 'none', n INT DEFAULT 5, b BIGINT DEFAULT 9007199254740993, p NUMERIC(8, 2) DEFAULT 1.5, ` +
        `f BOOLEAN DEFAULT true, d DATE DEFAULT '2024-02-29', e $e DEFAULT 'a', t TEXT DEFAULT '5', l VARCHAR(9)[] DEFAULT '{x}', j JSON DEFAULT '{"b": 1}', c INT DEFAULT 1 + 1, z VARCHAR(9) DEFAULT NULL)`,
    );
    for (const [column, type] of [
      ['v', 'TEXT'],
      ['v', 'VARCHAR(3)'],
      ['n', 'BIGINT'],
      ['n', 'NUMERIC(10, 2)'],
      ['n', 'TEXT'],
      ['b', 'INT'],
      ['b', 'NUMERIC'],
      ['p', 'INT'],
      ['f', 'INT USING f::int'],
      ['d', 'TIMESTAMPTZ'],
      ['e', 'TEXT'],
      ['t', 'INT USING t::int'],
      ['t', 'VARCHAR(2)'],
      ['l', 'TEXT[]'],
      ['j', 'JSONB'],
      ['c', 'BIGINT'],
      ['z', 'TEXT'],
      ['z', 'VARCHAR(4)'],
    ] as const)
      await noteRaw(`ALTER TABLE $d ALTER COLUMN ${column} TYPE ${type}`);
    await noteTable('d');
    for (const column of ['v', 'n', 'b', 'p', 'f', 'd', 'e', 't', 'l', 'j', 'c', 'z'])
      await noteRaw(`DELETE FROM $d`, `INSERT INTO $d (id, b, v) VALUES (1, 1, 'x')`, `SELECT ${column} FROM $d`);
    await noteRaw(
      `DELETE FROM $d`,
      `INSERT INTO $d (id) VALUES (1)`,
      `SELECT column_name FROM information_schema.columns WHERE table_name = '${name('d')}' ORDER BY 1`,
    );
  }),
  'NULL, NOT NULL and defaults': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await family(migrating);
    const change = (column: string, attribute: unknown) =>
      note(column, () => queryInterface.changeColumn(name('child'), column, attribute as never));
    await change('extra', { type: DataTypes.TEXT, allowNull: false });
    await change('extra', { type: DataTypes.TEXT, allowNull: false, defaultValue: 'd' });
    await noteRaw(`UPDATE $child SET extra = 'filled' WHERE extra IS NULL`);
    await change('extra', { type: DataTypes.TEXT, allowNull: false, defaultValue: 'd' });
    await noteTable('child');
    await noteRaw(`INSERT INTO $child (title) VALUES ('t') RETURNING extra`, `INSERT INTO $child (id, extra) VALUES (90, NULL)`);
    await change('extra', { type: DataTypes.TEXT });
    await change('title', { type: DataTypes.STRING(20), allowNull: true, defaultValue: null });
    await change('price', { type: DataTypes.DECIMAL(8, 2), defaultValue: literal('1.25 * 2') });
    await change('data', { type: DataTypes.JSONB, allowNull: false, defaultValue: { a: 1 } });
    await change('tags', { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: literal(`'{x}'`) });
    await change('kind', { type: DataTypes.ENUM('a', 'b'), allowNull: true });
    await noteTable('child');
    await noteRaw(
      `ALTER TABLE $child ALTER COLUMN extra DROP NOT NULL, ALTER COLUMN price DROP DEFAULT`,
      `ALTER TABLE $child ALTER COLUMN id DROP NOT NULL`,
      `ALTER TABLE $child ALTER COLUMN price SET DEFAULT 'x'`,
      `ALTER TABLE $child ALTER COLUMN price SET DEFAULT 5, ALTER COLUMN price SET NOT NULL`,
      `ALTER TABLE $child ALTER COLUMN nothing SET DEFAULT 5`,
      `ALTER TABLE $child ALTER COLUMN nothing DROP NOT NULL`,
    );
    await noteTable('child');
  }),
  'to and from enums': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await family(migrating);
    const change = (column: string, attribute: unknown) =>
      note(column, () => queryInterface.changeColumn(name('child'), column, attribute as never));
    await change('kind', { type: DataTypes.ENUM('a', 'b', 'c'), allowNull: false, defaultValue: 'a' });
    await noteRaw(`INSERT INTO $child (kind) VALUES ('c')`);
    await change('kind', { type: DataTypes.STRING });
    await noteTable('child');
    await noteRaw(`DROP TYPE IF EXISTS $enum`.replace('$enum', `"enum_${name('child')}_kind"`));
    await change('kind', { type: DataTypes.ENUM('a', 'b', 'c'), allowNull: false });
    await noteTable('child');
    await noteRaw(`INSERT INTO $child (kind, title) VALUES ('c', 'c')`);
    await change('kind', { type: DataTypes.STRING, defaultValue: 'a' });
    await change('kind', { type: DataTypes.ENUM('a', 'b', 'c'), defaultValue: 'a' });
    await change('extra', { type: DataTypes.ENUM('e', '7') });
    await change('price', { type: DataTypes.ENUM('1.50', '0.25') });
    await noteTable('child');
  }),
  'enums by hand, as is written everywhere': migration(async (migrating) => {
    const { noteRaw, noteTable, name } = migrating;
    await family(migrating);
    const type = `"enum_${name('child')}_kind"`;
    await noteRaw(
      `ALTER TABLE $child ALTER COLUMN kind DROP DEFAULT`,
      `ALTER TABLE $child ALTER COLUMN kind TYPE VARCHAR(255)`,
      `DROP TYPE IF EXISTS ${type}`,
      `CREATE TYPE ${type} AS ENUM ('a', 'b', 'c')`,
      `ALTER TABLE $child ALTER COLUMN kind TYPE ${type} USING kind::${type}`,
      `ALTER TABLE $child ALTER COLUMN kind TYPE ${type} USING (kind::${type})`,
    );
    await noteTable('child');
    await noteRaw(
      'DROP INDEX $by_lower',
      `ALTER TABLE $child ALTER COLUMN kind TYPE VARCHAR(255)`,
      `DROP TYPE IF EXISTS ${type}`,
      `CREATE TYPE ${type} AS ENUM ('a', 'b', 'c')`,
      `ALTER TABLE $child ALTER COLUMN kind TYPE ${type} USING kind::${type}`,
      `ALTER TABLE $child ALTER COLUMN kind SET DEFAULT 'c'`,
      `CREATE TYPE ${type} AS ENUM ('a', 'b', 'c')`,
      `ALTER TYPE ${type} RENAME TO $old`,
      `CREATE TYPE ${type} AS ENUM ('b', 'a', 'd')`,
      `ALTER TABLE $child ALTER COLUMN kind TYPE ${type} USING kind::text::${type}`,
      `ALTER TABLE $child ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN kind TYPE ${type} USING kind::text::${type}, ALTER COLUMN kind SET DEFAULT 'd'`,
      `DROP TYPE $old`,
      `INSERT INTO $child (title) VALUES ('d') RETURNING kind`,
    );
    await noteTable('child');
  }),
  'to a reference, a unique key': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await family(migrating);
    await noteRaw('ALTER TABLE $child ADD COLUMN ref INTEGER', 'UPDATE $child SET ref = 5 WHERE id = 1');
    const reference = {
      type: DataTypes.INTEGER,
      references: { model: name('parent'), key: 'id' },
      onDelete: 'CASCADE',
      onUpdate: 'SET NULL',
    };
    await note('reference', () => queryInterface.changeColumn(name('child'), 'ref', reference));
    await noteRaw('UPDATE $child SET ref = 2 WHERE id = 1');
    await note('reference', () => queryInterface.changeColumn(name('child'), 'ref', reference));
    await note('another', () => queryInterface.changeColumn(name('child'), 'ref', { ...reference, allowNull: true, onDelete: 'SET NULL' }));
    await note('not null', () => queryInterface.changeColumn(name('child'), 'ref', { ...reference, allowNull: false }));
    await note('unique', () => queryInterface.changeColumn(name('child'), 'title', { type: DataTypes.STRING(20), unique: true }));
    await note('unique again', () => queryInterface.changeColumn(name('child'), 'title', { type: DataTypes.STRING(20), unique: true }));
    await note('a comment', () => queryInterface.changeColumn(name('child'), 'extra', { type: DataTypes.TEXT, comment: 'new' }));
    await noteTable('child');
    await noteRaw('DELETE FROM $parent WHERE id = 2');
    await noteTable('child');
  }),
});

const renaming = feature(chapter, 'renameColumn', {
  'of all that name it': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw } = migrating;
    await family(migrating);
    const rename = (suffix: string, from: string, to: string) =>
      note(`${from} to ${to}`, () => queryInterface.renameColumn(name(suffix), from, to));
    for (const [from, to] of [
      ['title', 'name'],
      ['kind', 'sort'],
      ['price', 'cost'],
      ['data', 'doc'],
      ['parentCode', 'code'],
      ['extra', 'select'],
    ] as const)
      await rename('child', from, to);
    await rename('parent', 'code', 'the code');
    await rename('parent', 'rank', 'Rank');
    await rename('child', 'nothing', 'x');
    await rename('child', 'name', 'sort');
    await rename('nothing', 'a', 'b');
    await migrating.noteTable('child');
    await migrating.noteTable('parent');
    await noteRaw(
      `INSERT INTO $child (name, cost) VALUES ('x', -1)`,
      `INSERT INTO $child (name) VALUES ('ONE')`,
      `UPDATE $parent SET "the code" = 'z' WHERE "the code" = 'x'`,
      `INSERT INTO $child (code) VALUES ('x')`,
      `INSERT INTO $child (id, code, name) VALUES (90, 'z', 'z') RETURNING *`,
      `DELETE FROM $parent WHERE "the code" = 'z'`,
      `SELECT code, "parentId", name FROM $child ORDER BY name`,
    );
  }),
  'of keys': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw } = migrating;
    await family(migrating);
    await note('parent', () => queryInterface.renameColumn(name('parent'), 'id', 'parentNumber'));
    await note('child', () => queryInterface.renameColumn(name('child'), 'id', 'number'));
    await note('reference', () => queryInterface.renameColumn(name('child'), 'parentId', 'parent_number'));
    await migrating.noteTable('child');
    await migrating.noteTable('parent');
    await noteRaw(
      `UPDATE $child SET parent_number = 99`,
      `INSERT INTO $parent (code) VALUES ('new') RETURNING *`,
      `INSERT INTO $child (parent_number, title) VALUES (3, 'new') RETURNING *`,
      `DELETE FROM $parent WHERE "parentNumber" = 3`,
      `SELECT * FROM $child ORDER BY 1`,
    );
    await note('back', () => queryInterface.renameColumn(name('parent'), 'parentNumber', 'id'));
    await migrating.noteTable('child');
  }),
});

const removing = feature(chapter, 'removeColumn', {
  'and what goes with it': migration(async (migrating) => {
    const { queryInterface, name, note } = migrating;
    await family(migrating);
    const remove = (suffix: string, column: string) => note(column, () => queryInterface.removeColumn(name(suffix), column));
    await remove('child', 'extra');
    await stillKept(migrating);
    await remove('child', 'kind');
    await remove('child', 'price');
    await remove('child', 'parentCode');
    await remove('child', 'nothing');
    await remove('nothing', 'a');
    await stillKept(migrating);
    await remove('parent', 'code');
    await remove('parent', 'id');
    await remove('child', 'title');
    await remove('child', 'id');
    await remove('child', 'data');
    await stillKept(migrating);
    await migrating.noteRaw(
      `ALTER TABLE $parent DROP COLUMN id CASCADE`,
      `ALTER TABLE $child DROP COLUMN IF EXISTS nothing, DROP "parentId" RESTRICT`,
    );
    await migrating.noteTable('child');
    await migrating.noteTable('parent');
  }),
  'and its enum, and back': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await family(migrating);
    await note('kind', () => queryInterface.removeColumn(name('child'), 'kind'));
    await noteRaw(`DROP TYPE "enum_${name('child')}_kind"`);
    await note('back', () =>
      queryInterface.addColumn(name('child'), 'kind', { type: DataTypes.ENUM('c', 'd'), allowNull: false, defaultValue: 'd' }),
    );
    await noteTable('child');
    await note('every column but one', async () => {
      for (const column of ['parentId', 'parentCode', 'title', 'price', 'tags', 'data', 'extra', 'id'])
        await queryInterface.removeColumn(name('child'), column);
    });
    await noteTable('child');
    await note('a new one', () => queryInterface.addColumn(name('child'), 'id', { type: DataTypes.INTEGER, primaryKey: true }));
    await noteTable('child');
  }),
});

export const columnCases: readonly ContractCase[] = [...adding, ...changing, ...renaming, ...removing];
