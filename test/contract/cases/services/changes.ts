import { DataTypes, Deferrable, type ModelAttributes, type ModelOptions, literal } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { newDiary, rowsOf, shapeOf, synced } from './diary.js';

const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true };

/** The same model again and again with other attributes, as programs in development have it. */
export async function alteredModel(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const table = name('thing');
  const versions: readonly (readonly [string, ModelAttributes, ModelOptions?])[] = [
    ['first', { id, name: DataTypes.STRING, count: DataTypes.INTEGER }],
    ['the same', { id, name: DataTypes.STRING, count: DataTypes.INTEGER }],
    ['a column more', { id, name: DataTypes.STRING, count: DataTypes.INTEGER, extra: DataTypes.JSONB }],
    [
      'a column with a default',
      {
        id,
        name: DataTypes.STRING,
        count: DataTypes.INTEGER,
        extra: DataTypes.JSONB,
        flag: { type: DataTypes.BOOLEAN, allowNull: false, defaultValue: true },
      },
    ],
    [
      'NOT NULL without a default',
      { id, name: DataTypes.STRING, count: DataTypes.INTEGER, must: { type: DataTypes.STRING, allowNull: false } },
    ],
    ['a wider type', { id, name: DataTypes.TEXT, count: DataTypes.BIGINT, extra: DataTypes.JSONB }],
    ['a narrower type', { id, name: DataTypes.STRING(2), count: DataTypes.BIGINT, extra: DataTypes.JSONB }],
    [
      'a default changed',
      { id, name: { type: DataTypes.TEXT, defaultValue: "it's" }, count: { type: DataTypes.BIGINT, defaultValue: 5, comment: 'how many' } },
    ],
    ['a default gone', { id, name: DataTypes.TEXT, count: DataTypes.BIGINT }],
    ['NOT NULL', { id, name: { type: DataTypes.TEXT, allowNull: false }, count: DataTypes.BIGINT }],
    ['NULL again', { id, name: { type: DataTypes.TEXT, allowNull: true }, count: DataTypes.BIGINT }],
    ['text to a number', { id, name: DataTypes.INTEGER, count: DataTypes.BIGINT }],
    ['number to decimal', { id, name: DataTypes.TEXT, count: DataTypes.DECIMAL(10, 2) }],
    [
      'an enum',
      { id, name: DataTypes.TEXT, count: DataTypes.DECIMAL(10, 2), mood: { type: DataTypes.ENUM('good', 'bad'), defaultValue: 'good' } },
    ],
    [
      'an enum with one more',
      {
        id,
        name: DataTypes.TEXT,
        count: DataTypes.DECIMAL(10, 2),
        mood: { type: DataTypes.ENUM('good', 'so-so', 'bad', 'worse'), defaultValue: 'bad' },
      },
    ],
    ['an enum without one', { id, name: DataTypes.TEXT, count: DataTypes.DECIMAL(10, 2), mood: DataTypes.ENUM('good', 'bad') }],
    ['an enum becomes text', { id, name: DataTypes.TEXT, count: DataTypes.DECIMAL(10, 2), mood: DataTypes.STRING }],
    ['unique', { id, name: { type: DataTypes.TEXT, unique: true }, count: DataTypes.DECIMAL(10, 2) }],
    ['unique again', { id, name: { type: DataTypes.TEXT, unique: true }, count: DataTypes.DECIMAL(10, 2) }],
    [
      'an index',
      { id, name: DataTypes.TEXT, count: DataTypes.DECIMAL(10, 2) },
      { indexes: [{ fields: ['count'], name: name('by_count') }] },
    ],
    [
      'an index again',
      { id, name: DataTypes.TEXT, count: DataTypes.DECIMAL(10, 2) },
      { indexes: [{ fields: ['count'], name: name('by_count') }] },
    ],
    [
      'arrays and dates',
      {
        id,
        name: DataTypes.TEXT,
        tags: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: ['x'] },
        on: { type: DataTypes.DATEONLY, defaultValue: DataTypes.NOW },
        at: { type: DataTypes.DATE, defaultValue: literal("timezone('utc', now())") },
      },
    ],
    [
      'a reference to itself',
      { id, name: DataTypes.TEXT, parent: { type: DataTypes.INTEGER, references: { model: table, key: 'id' }, onDelete: 'SET NULL' } },
    ],
    [
      'another rule',
      {
        id,
        name: DataTypes.TEXT,
        parent: { type: DataTypes.INTEGER, references: { model: table, key: 'id' }, onDelete: 'CASCADE', onUpdate: 'CASCADE' },
      },
    ],
    ['with timestamps', { id, name: DataTypes.TEXT }, { timestamps: true, paranoid: true }],
  ];
  for (const [what, attributes, options] of versions) {
    const model = sequelize.define(table, attributes, { timestamps: false, freezeTableName: true, ...options });
    await note(what, () => synced(model, { alter: true }));
    await note('shape', () => shapeOf(queryInterface, table));
    if (what === 'first')
      await note('rows', () =>
        queryInterface.bulkInsert(table, [
          { name: 'one', count: 1 },
          { name: 'three', count: null },
        ]),
      );
    await note('rows', () => rowsOf(sequelize, `SELECT id, name FROM "${table}" ORDER BY id`));
  }
  const model = sequelize.define(table, { id, name: DataTypes.CHAR(3) }, { timestamps: false, freezeTableName: true });
  await note('force', () => synced(model, { force: true }));
  await note('shape', () => shapeOf(queryInterface, table));
  await note('rows', () => rowsOf(sequelize, `SELECT * FROM "${table}"`));
  return entries;
}

/** Labels of an enum that come, go and are renamed, with the rows that have them. */
export async function enumChanges(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const [texts, type] = [name('texts'), `enum_${name('texts')}_locale`];
  const raw = (text: string) => rowsOf(sequelize, text);
  await note('create', () =>
    queryInterface.createTable(texts, {
      key: { type: DataTypes.STRING(50), primaryKey: true },
      locale: { type: DataTypes.ENUM('de', 'en-GB', "it's"), primaryKey: true, allowNull: false },
      text: { type: DataTypes.TEXT, allowNull: false },
    }),
  );
  await note('an array of an enum', () =>
    raw(
      `CREATE TYPE "${name('fallback')}" AS ENUM ('de', 'fr'); ALTER TABLE "${texts}" ADD COLUMN fallbacks "${name('fallback')}"[] NOT NULL DEFAULT '{}'`,
    ),
  );
  await note('shape', () => shapeOf(queryInterface, texts));
  await note('texts', () =>
    raw(
      `INSERT INTO "${texts}" VALUES ('hi', 'de', 'Grüß Gott 你好', '{de}'), ('hi', 'it''s', 'ciao', DEFAULT), ('hi', 'en-GB', 'Hello', '{fr,de}') RETURNING key, locale, text, fallbacks::text[]`,
    ),
  );
  await note('a locale that is none', () => raw(`INSERT INTO "${texts}" VALUES ('hi', 'es', 'hola')`));
  await note('a fallback that is none', () => raw(`INSERT INTO "${texts}" VALUES ('ho', 'de', 'x', '{es}')`));
  await note('add', () => raw(`ALTER TYPE "${type}" ADD VALUE 'es' BEFORE 'en-GB'`));
  await note('add again', () => raw(`ALTER TYPE "${type}" ADD VALUE 'es'`));
  await note('add if it is not there', () => raw(`ALTER TYPE "${type}" ADD VALUE IF NOT EXISTS 'es'`));
  await note('rename', () => raw(`ALTER TYPE "${type}" RENAME VALUE 'it''s' TO 'it'`));
  await note('use', () => raw(`INSERT INTO "${texts}" VALUES ('ho', 'es', 'hola') RETURNING locale`));
  await note('in order', () => raw(`SELECT locale, text FROM "${texts}" ORDER BY locale, key`));
  await note('greatest', () => raw(`SELECT max(locale) AS max, min(locale) AS min FROM "${texts}"`));
  await note('compared', () => raw(`SELECT locale FROM "${texts}" WHERE locale > 'de' ORDER BY 1`));
  await note('labels', () => raw(`SELECT unnest(enum_range(NULL::"${type}")) AS label`));
  await note('the type is needed', () => raw(`DROP TYPE "${type}"`));
  await note('another type in its place', () =>
    sequelize.transaction(async (transaction) => {
      const run = (text: string) => sequelize.query(text, { transaction });
      await run(`ALTER TYPE "${type}" RENAME TO "${type}_old"`);
      await run(`CREATE TYPE "${type}" AS ENUM ('de', 'en', 'es', 'it')`);
      await run(`UPDATE "${texts}" SET locale = 'de' WHERE locale = 'en-GB' AND key <> 'hi'`);
      await run(`DELETE FROM "${texts}" WHERE locale = 'en-GB'`);
      await run(`ALTER TABLE "${texts}" ALTER COLUMN locale TYPE "${type}" USING locale::text::"${type}"`);
      await run(`DROP TYPE "${type}_old"`);
    }),
  );
  await note('shape', () => shapeOf(queryInterface, texts));
  await note('in order', () => raw(`SELECT locale, text FROM "${texts}" ORDER BY locale, key`));
  await note('to text', () => queryInterface.changeColumn(texts, 'locale', { type: DataTypes.STRING(10), allowNull: false }));
  await note('text back to an enum', () =>
    queryInterface.changeColumn(texts, 'locale', { type: DataTypes.ENUM('de', 'es', 'it'), allowNull: false }),
  );
  await note('shape', () => shapeOf(queryInterface, texts));
  await note('without the column', () => queryInterface.removeColumn(texts, 'locale'));
  await note('shape', () => shapeOf(queryInterface, texts));
  await note('drop', () => queryInterface.dropTable(texts));
  await note('types that are left', () =>
    raw(`SELECT t.typname FROM pg_type t WHERE t.typtype = 'e' AND t.typname LIKE '%${name('texts')}%' ORDER BY 1`),
  );
  return entries;
}

/** Columns that become something else by an expression. */
export async function retyped(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const table = name('mixed');
  const raw = (text: string) => rowsOf(sequelize, text);
  await note('table', () =>
    raw(
      `CREATE TABLE "${table}" (id SERIAL PRIMARY KEY, cents INTEGER, flag TEXT DEFAULT 'no', tags TEXT, day TEXT, price NUMERIC(8,2), level VARCHAR(9), data TEXT, big BIGINT UNIQUE)`,
    ),
  );
  await note('rows', () =>
    raw(
      `INSERT INTO "${table}" (cents, flag, tags, day, price, level, data, big) VALUES (1250, 'yes', 'a,b', '2024-02-29', 12.345, 'low', '{"a": 1}', 9007199254740993), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (5, 'no', '', '1999-12-31', 0.5, 'high', '[]', 1)`,
    ),
  );
  await note('an enum', () => raw(`CREATE TYPE "${name('level')}" AS ENUM ('lo', 'hi')`));
  for (const [column, action] of [
    ['cents', `TYPE NUMERIC(10,2) USING cents / 100.0`],
    ['flag', `DROP DEFAULT, ALTER COLUMN flag TYPE BOOLEAN USING (flag = 'yes')`],
    ['flag', `SET DEFAULT false`],
    ['tags', `TYPE TEXT[] USING string_to_array(tags, ',')`],
    ['day', `TYPE DATE USING day::date`],
    ['day', `TYPE TIMESTAMPTZ USING day::timestamp AT TIME ZONE 'UTC'`],
    ['price', `TYPE INTEGER USING round(price * 100)::int`],
    ['price', `TYPE BIGINT`],
    ['level', `TYPE "${name('level')}" USING (CASE level WHEN 'low' THEN 'lo' WHEN 'high' THEN 'hi' END)::"${name('level')}"`],
    ['data', `TYPE JSONB USING data::jsonb`],
    ['big', `TYPE TEXT USING big::text || '!'`],
    ['big', `TYPE INTEGER USING 'x' || big`],
    ['tags', `TYPE INTEGER USING 1`],
    ['day', `TYPE DATE USING nothing`],
  ] as const)
    await note(`${column} ${action.slice(0, 25)}`, () => raw(`ALTER TABLE "${table}" ALTER COLUMN ${column} ${action}`));
  await note('rows', () => raw(`SELECT id, cents, flag, tags, day, price, level, data, big FROM "${table}" ORDER BY id`));
  await note('twice', () => raw(`UPDATE "${table}" SET big = '1!'`));
  await note('all the same, unique', () => raw(`ALTER TABLE "${table}" ALTER COLUMN big TYPE INTEGER USING 7`));
  await note('shape', () => shapeOf(sequelize.getQueryInterface(), table));
  return entries;
}

/** References of tables to each other, with every rule. */
export async function references(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const define = (suffix: string, attributes: ModelAttributes) =>
    sequelize.define(name(suffix), attributes, { timestamps: false, freezeTableName: true });
  const team = define('team', { id, title: { type: DataTypes.STRING, unique: true } });
  const person = define('person', { id, name: DataTypes.STRING });
  team.belongsTo(person, { as: 'lead', foreignKey: 'leadId', onDelete: 'SET NULL' });
  person.belongsTo(team, { as: 'team', foreignKey: 'teamId', constraints: false });
  person.belongsTo(person, { as: 'boss', foreignKey: 'bossId', onDelete: 'NO ACTION' });
  for (const model of [person, team]) await note('sync', () => synced(model));
  await note('the circle is closed', () =>
    queryInterface.addConstraint(person.tableName, {
      type: 'foreign key',
      fields: ['teamId'],
      name: name('in_team'),
      references: { table: team.tableName, field: 'id' },
      onDelete: 'cascade',
      onUpdate: 'cascade',
      deferrable: Deferrable.INITIALLY_DEFERRED,
    } as never),
  );
  await note('shape', () => shapeOf(queryInterface, person.tableName));
  await note('both at once', () =>
    sequelize.transaction(async (transaction) => {
      await person.create({ id: 1, name: 'ada', teamId: 1 }, { transaction });
      await team.create({ id: 1, title: 't', leadId: 1 }, { transaction });
      await person.bulkCreate(
        [
          { id: 2, name: 'bob', teamId: 1, bossId: 1 },
          { id: 3, name: 'eve', teamId: 1, bossId: 2 },
        ],
        { transaction },
      );
    }),
  );
  await note('at the commit it is missing', () =>
    sequelize.transaction(async (transaction) => {
      await person.create({ id: 4, name: 'x', teamId: 99 }, { transaction });
    }),
  );
  await note('checked earlier', () =>
    sequelize.transaction(async (transaction) => {
      await person.create({ id: 5, name: 'x', teamId: 99 }, { transaction });
      await sequelize.query('SET CONSTRAINTS ALL IMMEDIATE', { transaction });
    }),
  );
  await note('the boss goes', () => person.destroy({ where: { id: 1 } }));
  await note('by raw SQL', () => rowsOf(sequelize, `DELETE FROM "${person.tableName}" WHERE id = 2`));
  await note('the boss gets another number', () => person.update({ id: 9 }, { where: { id: 1 } }));
  await note('a boss that is none', () => person.update({ bossId: 77 }, { where: { id: 2 } }));
  await note('all of them', () => rowsOf(sequelize, `DELETE FROM "${person.tableName}" WHERE id IN (1, 2, 3)`));
  await note('left', () => rowsOf(sequelize, `SELECT * FROM "${team.tableName}"`));
  await note('drop one', () => queryInterface.dropTable(team.tableName));
  await note('drop with cascade', () => queryInterface.dropTable(team.tableName, { cascade: true }));
  await note('shape', () => shapeOf(queryInterface, person.tableName));
  await note('many rules', async () => {
    const parent = define('p', { a: { type: DataTypes.INTEGER, primaryKey: true }, b: { type: DataTypes.STRING(5), primaryKey: true } });
    await parent.sync();
    await sequelize.query(
      `CREATE TABLE "${name('c')}" (id SERIAL PRIMARY KEY, a INT DEFAULT 1, b VARCHAR(5) DEFAULT 'x', CONSTRAINT "${name('c_p')}" FOREIGN KEY (a, b) REFERENCES "${name('p')}" ON DELETE SET DEFAULT ON UPDATE CASCADE)`,
    );
    await parent.bulkCreate([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
    await queryInterface.bulkInsert(name('c'), [
      { a: 2, b: 'y' },
      { a: null, b: 'zz' },
    ]);
    await parent.update({ b: 'yy' }, { where: { a: 2 } });
    await parent.destroy({ where: { a: 2 } });
    return rowsOf(sequelize, `SELECT * FROM "${name('c')}" ORDER BY id`);
  });
  await note('the default is missing', () => rowsOf(sequelize, `UPDATE "${name('p')}" SET a = 5 WHERE a = 1; DELETE FROM "${name('p')}"`));
  await note('no match', () => queryInterface.bulkInsert(name('c'), [{ a: 3, b: 'x' }]));
  await note('shape', () => shapeOf(queryInterface, name('c')));
  await note('the wrong type', () =>
    rowsOf(sequelize, `CREATE TABLE "${name('w')}" (a TEXT, FOREIGN KEY (a) REFERENCES "${name('c')}" (id))`),
  );
  await note('no key', () => rowsOf(sequelize, `CREATE TABLE "${name('w')}" (a INT REFERENCES "${name('p')}" (a))`));
  await note('too few columns', () => rowsOf(sequelize, `CREATE TABLE "${name('w')}" (a INT REFERENCES "${name('p')}")`));
  return entries;
}
