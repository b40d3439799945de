import { col, DataTypes, Deferrable, fn, literal, Op } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { type Migrating, migration } from './migrating.js';

const chapter = 'The query interface, as migrations use it';

const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true } as const;

async function things({ queryInterface, name }: Migrating): Promise<void> {
  await queryInterface.createTable(name('t'), {
    id,
    name: { type: DataTypes.STRING, allowNull: false },
    'other name': DataTypes.STRING(20),
    mail: DataTypes.CITEXT,
    text: DataTypes.TEXT,
    n: DataTypes.INTEGER,
    price: DataTypes.DECIMAL(10, 2),
    data: DataTypes.JSONB,
    plain: DataTypes.JSON,
    tags: DataTypes.ARRAY(DataTypes.TEXT),
    kind: DataTypes.ENUM('a', 'b'),
    at: DataTypes.DATE,
    day: DataTypes.DATEONLY,
    gone: DataTypes.DATE,
    flag: { type: DataTypes.BOOLEAN, defaultValue: false },
    uuid: DataTypes.UUID,
    span: DataTypes.RANGE(DataTypes.INTEGER),
    vector: DataTypes.TSVECTOR,
  });
  await queryInterface.bulkInsert(name('t'), [
    { name: 'Ann', mail: 'A@x', text: 'x', n: 1, kind: 'a', flag: true },
    { name: 'ann', mail: 'B@x', text: 'y', n: 2, kind: 'b' },
    { name: 'Bob', mail: null, text: 'x', n: 2, gone: new Date(0) },
  ]);
}

const indexing = feature(chapter, 'addIndex, removeIndex', {
  'each option': migration(async (migrating) => {
    const { queryInterface, name, note, noteTable } = migrating;
    await things(migrating);
    const add = (what: string, options: object) => note(what, () => queryInterface.addIndex(name('t'), options as never));
    await note('fields', () => queryInterface.addIndex(name('t'), ['name']));
    await note('the same', () => queryInterface.addIndex(name('t'), ['name']));
    await note('fields and options', () => queryInterface.addIndex(name('t'), ['name', 'n'], { unique: true }));
    await add('a name', { fields: ['n'], name: name('named') });
    await add('a name that is taken', { fields: ['price'], name: name('named') });
    await add('a type', { fields: ['n', 'price'], type: 'UNIQUE' });
    await add('order', {
      fields: [
        { name: 'n', order: 'DESC' },
        { name: 'price', order: 'ASC' },
        { name: 'text', order: 'DESC NULLS LAST' },
      ],
      name: name('ordered'),
    });
    await add('collate', { fields: [{ name: 'name', collate: 'C' }], name: name('collated') });
    await add('length', { fields: [{ name: 'name', length: 5 }], name: name('cut') });
    await add('attribute', { fields: [{ attribute: 'text' }], name: name('attribute') });
    await add('operator', { fields: ['name'], operator: 'varchar_pattern_ops', name: name('pattern') });
    await add('operator of a field', { fields: [{ name: 'text', operator: 'text_pattern_ops' }, 'n'], name: name('pattern2') });
    await add('gin', { fields: ['data'], using: 'gin' });
    await add('GIN', { fields: ['tags'], using: 'GIN', name: name('tags_gin') });
    await add('gin with an operator', { fields: ['data'], using: 'gin', operator: 'jsonb_path_ops', name: name('path_gin') });
    await add('gin of a vector', { fields: ['vector'], using: 'gin' });
    await add('gist', { fields: ['span'], using: 'gist' });
    await add('brin', { fields: ['at'], using: 'brin' });
    await add('hash', { fields: ['uuid'], using: 'hash' });
    await add('btree', { fields: ['uuid'], using: 'BTREE', name: name('btree') });
    await add('spgist', { fields: ['text'], using: 'spgist', name: name('spgist') });
    await add('concurrently', { fields: ['at', 'day'], concurrently: true });
    await add('where', { fields: ['n'], unique: true, where: { gone: null, flag: true }, name: name('partial') });
    await add('where with operators', {
      fields: ['n'],
      where: { n: { [Op.gt]: 5, [Op.ne]: 7 }, kind: ['a', 'b'] },
      name: name('partial2'),
    });
    await add('where with a text', {
      fields: ['n'],
      where: { [Op.or]: [{ text: { [Op.like]: 'a%' } }, { mail: { [Op.not]: null } }] },
      name: name('partial3'),
    });
    await add('where with a literal', { fields: ['n'], where: literal('"gone" IS NULL'), name: name('partial4') });
    await add('a function', { fields: [fn('lower', col('name'))], name: name('lower') });
    await add('a unique function', { fields: [fn('lower', col('name'))], unique: true, name: name('lower_unique') });
    await add('a unique function of some', { fields: [fn('lower', col('name')), 'n'], unique: true, name: name('lower_n') });
    await add('a literal', { fields: [literal('("price" * 2)'), literal('"n" DESC NULLS LAST')], name: name('twice') });
    await add('a document', { fields: [literal(`("data" ->> 'a')`)], name: name('doc') });
    await add('a document as a number', { fields: [literal(`(("data" ->> 'a')::int)`)], name: name('doc_int') });
    await add('coalesce', { fields: [fn('coalesce', col('n'), 0)], name: name('coalesced') });
    await add('a name with blanks', { fields: ['other name'], unique: true });
    await add('an enum', { fields: ['kind', 'flag'] });
    await add('a citext', { fields: ['mail'], unique: true });
    await noteTable('t');
    await add('unique gin', { fields: ['tags'], using: 'gin', unique: true, name: name('x1') });
    await add('twice the same n', { fields: ['n'], unique: true, name: name('x2') });
    await add('no such column', { fields: ['nothing'] });
    await add('no such method', { fields: ['n'], using: 'nothing', name: name('x3') });
    await add('a key of json', { fields: ['plain'], name: name('x7') });
    await add('no such operator class', { fields: ['text'], operator: 'nothing_ops', name: name('x8') });
    await add('the operator class of another type', { fields: ['n'], operator: 'text_pattern_ops', name: name('x9') });
    await add('a function that changes', { fields: [fn('now')], name: name('x10') });
    await add('a where that is no condition', { fields: ['n'], where: literal('"n"'), name: name('x11') });
    await add('a where of now', { fields: ['n'], where: literal('"at" > now()'), name: name('x12') });
    await add('a where of another table', { fields: ['n'], where: literal('"nothing" > 5'), name: name('x13') });
    await add('brin of a document', { fields: ['data'], using: 'brin', name: name('x14') });
    await add('hash of two', { fields: ['n', 'name'], using: 'hash', name: name('x15') });
    await add('gin of a call of no function', { fields: [fn('nothing', col('data'))], using: 'gin', name: name('x17') });
    await add('gin of what can not be', { fields: [literal('("n" || "flag")')], using: 'gin', name: name('x18') });
    await note('on no table', () => queryInterface.addIndex(name('nothing'), ['n']));
    await noteTable('t');
  }),
  'with extensions': migration(async (migrating) => {
    const { queryInterface, sequelize, name, note, noteRaw, noteTable } = migrating;
    await things(migrating);
    await note('extensions', async () => {
      for (const extension of ['pg_trgm', 'btree_gin', 'btree_gist'])
        await sequelize.query(`CREATE EXTENSION IF NOT EXISTS "${extension}"`);
    });
    await note('trigrams', () =>
      queryInterface.addIndex(name('t'), { fields: [{ name: 'text', operator: 'gin_trgm_ops' }], using: 'gin', name: name('trgm') }),
    );
    await note('trigrams of a call', () =>
      queryInterface.addIndex(name('t'), { fields: [literal('lower("name") gin_trgm_ops')] as never, using: 'gin', name: name('trgm2') }),
    );
    await note('gist trigrams', () =>
      queryInterface.addIndex(name('t'), { fields: ['text'], using: 'gist', operator: 'gist_trgm_ops', name: name('trgm3') }),
    );
    await noteRaw(
      `CREATE INDEX IF NOT EXISTS $search ON $t USING GIN (to_tsvector('simple', text))`,
      `CREATE INDEX CONCURRENTLY IF NOT EXISTS $search ON $t (n)`,
    );
    await noteTable('t');
  }),
  'raw, as people write them': migration(async (migrating) => {
    const { noteRaw, name } = migrating;
    const shown = `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '${name('t')}' ORDER BY 1`;
    await things(migrating);
    await noteRaw(
      'CREATE INDEX ON $t (n)',
      'CREATE INDEX ON $t (n, name)',
      'CREATE INDEX ON $t (lower(name))',
      'CREATE INDEX ON $t ((n + 1))',
      'CREATE INDEX ON $t (n)',
      `CREATE UNIQUE INDEX $u1 ON $t (lower(name), COALESCE(gone, '1970-01-01 00:00:00+00'))`,
      'CREATE UNIQUE INDEX $u2 ON public.$t USING btree (id, n)',
      'CREATE INDEX $i3 ON $t USING btree (n ASC NULLS FIRST, name COLLATE "C" text_pattern_ops DESC)',
      `CREATE INDEX $i4 ON $t ((data->'a'->>'b')) WHERE data ? 'a'`,
      `CREATE INDEX $i5 ON $t (at) WHERE gone IS NULL AND (kind = 'a' OR n IN (1, 2, 3))`,
      `CREATE INDEX $i6 ON $t (upper(name)) WHERE length(name) > 3 AND NOT flag`,
      `CREATE INDEX $i7 ON $t (date_trunc('day', at))`,
      `CREATE INDEX $i7 ON $t (date_trunc('day', at AT TIME ZONE 'utc'))`,
      `CREATE INDEX $i8 ON $t (name) WHERE kind = ANY (ARRAY['a', 'b']::text[])`,
      `CREATE INDEX $i9 ON $t (name) WHERE n BETWEEN 1 AND 5 AND price <> 0`,
      `CREATE INDEX $i10 ON $t ((name || ' ' || text))`,
      `CREATE INDEX $i11 ON $t ((CASE WHEN flag THEN n END), (price::int), ((uuid)::text))`,
      `CREATE INDEX $i12 ON $t (abs(n), "other name") WHERE "other name" ILIKE 'a%' AND name NOT LIKE '%b'`,
    );
    await noteRaw(shown);
    await noteRaw(
      'ALTER INDEX $i3 RENAME TO $renamed',
      'ALTER INDEX $i4 RENAME TO $renamed',
      'ALTER INDEX IF EXISTS $nothing RENAME TO $renamed2',
      'ALTER INDEX $nothing RENAME TO $renamed2',
      'DROP INDEX $renamed, $i4',
      'DROP INDEX $renamed',
      'DROP INDEX IF EXISTS $renamed CASCADE',
      'DROP INDEX CONCURRENTLY $i5',
      'DROP INDEX CONCURRENTLY IF EXISTS $i5',
    );
    await noteRaw(shown);
  }),
  removeIndex: migration(async (migrating) => {
    const { queryInterface, name, note, noteTable } = migrating;
    await things(migrating);
    await note('add', async () => {
      await queryInterface.addIndex(name('t'), ['name']);
      await queryInterface.addIndex(name('t'), ['name', 'n'], { unique: true });
      await queryInterface.addIndex(name('t'), ['data'], { using: 'gin', name: name('gin') });
      await queryInterface.addConstraint(name('t'), { type: 'unique', fields: ['text', 'n'], name: name('uq') });
    });
    const remove = (what: string, by: string | string[], options = {}) =>
      note(what, () => queryInterface.removeIndex(name('t'), by as never, options));
    await remove('by fields', ['name']);
    await remove('by fields again', ['name']);
    await remove('by two fields, concurrently', ['name', 'n'], { concurrently: true });
    await remove('by name', name('gin'));
    await remove('of none', name('nothing'));
    await remove("a constraint's", name('uq'));
    await remove("the key's", `${name('t')}_pkey`);
    await noteTable('t');
  }),
});

const constraining = feature(chapter, 'addConstraint, removeConstraint', {
  'of each kind': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await things(migrating);
    const add = (what: string, options: object) => note(what, () => queryInterface.addConstraint(name('t'), options as never));
    await note('other', () =>
      queryInterface.createTable(name('other'), {
        a: { type: DataTypes.INTEGER, primaryKey: true },
        b: { type: DataTypes.STRING, unique: true },
      }),
    );
    await noteRaw("INSERT INTO $other VALUES (1, 'x'), (2, 'y')");
    await add('unique', { type: 'unique', fields: ['name'] });
    await add('UNIQUE with a name', { type: 'UNIQUE', fields: ['name', 'n'], name: name('uq') });
    await add('the same name', { type: 'unique', fields: ['text', 'name'], name: name('uq') });
    await add('unique where it is not', { type: 'unique', fields: ['n'], name: name('uq2') });
    await add('check', { type: 'check', fields: ['n'], where: { n: { [Op.between]: [0, 10] } } });
    await add('check with a name', {
      type: 'check',
      fields: ['kind', 'n'],
      where: { [Op.or]: [{ kind: ['a'] }, { n: { [Op.gte]: 2 } }] },
      name: name('ck'),
    });
    await add('check that fails', { type: 'check', fields: ['n'], where: { n: { [Op.gt]: 1 } }, name: name('ck2') });
    await add('check of a list', { type: 'check', fields: ['text'], where: { text: ['x', 'y', 'z'] }, name: name('ck3') });
    await add('check by a literal', { type: 'check', fields: ['name'], where: literal('char_length("name") <= 20'), name: name('ck4') });
    await add('check of nothing', { type: 'check', fields: ['nothing'], where: { nothing: 1 }, name: name('ck5') });
    await add('check with a message', { type: 'check', fields: ['price'], where: { price: { [Op.ne]: null } }, name: name('ck6') });
    await add('check of a document', { type: 'check', fields: ['data'], where: { data: { a: { [Op.gt]: 5 } } }, name: name('ck7') });
    await add('foreign key', { type: 'foreign key', fields: ['n'], references: { table: name('other'), field: 'a' } });
    await add('FOREIGN KEY with rules', {
      type: 'FOREIGN KEY',
      fields: ['text'],
      name: name('fk'),
      references: { table: name('other'), field: 'b' },
      onDelete: 'cascade',
      onUpdate: 'set null',
    });
    await add('foreign key to rows that are not there', {
      type: 'foreign key',
      fields: ['id'],
      name: name('fk2'),
      references: { table: name('other'), field: 'a' },
    });
    await add('foreign key to no key', {
      type: 'foreign key',
      fields: ['n'],
      name: name('fk3'),
      references: { table: name('t'), field: 'n' },
    });
    await add('foreign key of another type', {
      type: 'foreign key',
      fields: ['uuid'],
      name: name('fk4'),
      references: { table: name('other'), field: 'a' },
    });
    await add('foreign key, deferred', {
      type: 'foreign key',
      fields: ['n'],
      name: name('fk5'),
      references: { table: name('other'), field: 'a' },
      onDelete: 'no action',
      deferrable: Deferrable.INITIALLY_DEFERRED,
    });
    await add('foreign key of several fields', {
      type: 'foreign key',
      fields: ['n', 'text'],
      name: name('fk6'),
      references: { table: name('other'), fields: ['a', 'b'] },
    });
    await add('default', { type: 'default', fields: ['n'], defaultValue: 5 });
    await add('a second primary key', { type: 'primary key', fields: ['uuid'], name: name('pk') });
    await noteTable('t');
    await noteRaw(
      `INSERT INTO $t (name, n) VALUES ('c', 11)`,
      `INSERT INTO $t (name, n) VALUES ('c', 5)`,
      `INSERT INTO $t (name, text) VALUES ('c', 'q')`,
      `UPDATE $other SET b = 'z' WHERE a = 1`,
      `DELETE FROM $other WHERE a = 2`,
    );
    await note('constraints', () => shownConstraints(migrating));
    for (const constraint of ['uq', 'ck', 'fk', 'nothing', 'ck3'])
      await note(`remove ${constraint}`, () => queryInterface.removeConstraint(name('t'), name(constraint)));
    await note('remove the key', () => queryInterface.removeConstraint(name('t'), `${name('t')}_pkey`));
    await note('constraints', () => shownConstraints(migrating));
    await add('a primary key', { type: 'primary key', fields: ['name', 'n'], name: name('pk') });
    await noteTable('t');
  }),
  'a primary key that is changed': migration(async (migrating) => {
    const { queryInterface, name, note, noteRaw, noteTable } = migrating;
    await things(migrating);
    await noteRaw('CREATE TABLE $child (t INTEGER REFERENCES $t ON DELETE CASCADE)', 'INSERT INTO $child VALUES (1)');
    await note('it is needed', () => queryInterface.removeConstraint(name('t'), `${name('t')}_pkey`));
    await noteRaw('ALTER TABLE $t DROP CONSTRAINT "$t_pkey" CASCADE'.replace('"$t_pkey"', `"${name('t')}_pkey"`));
    await noteTable('child');
    await noteRaw(`UPDATE $t SET uuid = ('6ecd8c99-4036-403d-bf84-cf840000000' || id)::uuid`);
    await note('add', () => queryInterface.addConstraint(name('t'), { type: 'primary key', fields: ['uuid'], name: name('new_key') }));
    await noteTable('t');
    await noteRaw(
      `INSERT INTO $t (id, name, uuid) VALUES (9, 'next', '6ecd8c99-4036-403d-bf84-cf8400000008') RETURNING id`,
      `INSERT INTO $t (id, name) VALUES (10, 'no key')`,
      `INSERT INTO $t (id, name, uuid) VALUES (11, 'twice', '6ecd8c99-4036-403d-bf84-cf8400000008')`,
    );
    await note('remove', () => queryInterface.removeConstraint(name('t'), name('new_key')));
    await noteTable('t');
  }),
  'by raw SQL': migration(async (migrating) => {
    const { noteRaw, noteTable, name } = migrating;
    await things(migrating);
    await noteRaw(
      'ALTER TABLE $t ADD CHECK (n > 0)',
      'ALTER TABLE $t ADD CHECK (n > 0 AND price > 0)',
      'ALTER TABLE $t ADD UNIQUE (name)',
      'ALTER TABLE $t ADD UNIQUE (name)',
      'ALTER TABLE $t ADD FOREIGN KEY (n) REFERENCES $t (id) ON DELETE SET NULL',
      'ALTER TABLE $t ADD CONSTRAINT $own FOREIGN KEY (n) REFERENCES $t ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE',
      `ALTER TABLE $t RENAME CONSTRAINT $own TO $renamed`,
      `ALTER TABLE $t RENAME CONSTRAINT "${name('t')}_pkey" TO $key`,
      `ALTER TABLE $t RENAME CONSTRAINT $nothing TO $key2`,
      `ALTER TABLE $t DROP CONSTRAINT IF EXISTS $nothing, DROP CONSTRAINT $renamed`,
      `ALTER TABLE $t DROP CONSTRAINT $nothing`,
      `ALTER TABLE $t ADD CONSTRAINT $ck CHECK (lower(name) <> 'root' AND kind IN ('a', 'b')), ADD CONSTRAINT $uq UNIQUE (id, n)`,
    );
    await noteTable('t');
    await noteRaw(`INSERT INTO $t (name) VALUES ('ROOT')`, `UPDATE $t SET n = 0 WHERE id = 1`, `UPDATE $t SET n = 99 WHERE id = 1`);
  }),
});

/** showConstraint tells every constraint of a table; PostgreSQL's own names of NOT NULL hold numbers that nothing else has. */
async function shownConstraints({ queryInterface, name }: Migrating): Promise<unknown> {
  const found = (await (queryInterface as unknown as { showConstraint(table: string): Promise<unknown> }).showConstraint(
    name('t'),
  )) as Record<string, string>[];
  return found
    .filter(({ constraintName }) => !constraintName?.endsWith('_not_null'))
    .map(({ constraintName, constraintSchema, tableName, constraintType, isDeferrable, initiallyDeferred }) =>
      [constraintName, constraintSchema, tableName, constraintType, isDeferrable, initiallyDeferred].join(' '),
    )
    .sort();
}

export const keyCases: readonly ContractCase[] = [...indexing, ...constraining];
