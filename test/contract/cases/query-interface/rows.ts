import { DataTypes, Op, QueryTypes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { migration } from './migrating.js';
import { ATTRIBUTES, things } from './things.js';

const chapter = 'The query interface, as migrations use it';

export const rowCases: readonly ContractCase[] = feature(chapter, 'rows in migrations', {
  bulkInsert: migration(async (migrating) => {
    const { queryInterface, sequelize, name, note, noteTable } = migrating;
    await things(migrating);
    const insert = (what: string, list: object[], options?: object, attributes?: object) =>
      note(what, () => queryInterface.bulkInsert(name('t'), list, options, attributes as never));
    await insert('texts of documents and lists', [
      {
        name: 'one',
        data: JSON.stringify({ a: 1 }),
        tags: ['x', "it's"],
        numbers: [1, 2],
        at: new Date(0),
        big: '9007199254740993',
        flag: true,
      },
      { name: 'two', data: '{}', tags: '{}', kind: 'b', bytes: Buffer.from([0, 255]) },
    ]);
    await insert('objects without attributes', [{ name: 'three', data: { a: 1 } }]);
    await insert(
      'objects with attributes',
      [{ name: 'four', data: { a: [1, { b: "it's" }] }, plain: ['x'], documents: [{ a: 1 }] }],
      {},
      {
        data: { type: new DataTypes.JSONB() },
        plain: { type: new DataTypes.JSON() },
        documents: { type: new (DataTypes.ARRAY as never as new (of: unknown) => object)(DataTypes.JSONB) },
      },
    );
    await insert('an empty list without attributes', [{ name: 'five', tags: [] }]);
    await insert('an empty list with attributes', [{ name: 'five', tags: [] }], {}, { tags: { type: DataTypes.ARRAY(DataTypes.STRING) } });
    await insert('a list of documents by text', [{ name: 'six', documents: sequelize.literal(`ARRAY['{"a": 1}']::jsonb[]`) }]);
    await insert('cast and fn', [
      {
        name: sequelize.fn('upper', 'seven'),
        data: sequelize.cast('{"b": 2}', 'jsonb'),
        at: sequelize.literal(`'2020-01-01 00:00:00+00'`),
      },
    ]);
    await insert('returning', [{ name: 'eight', numbers: [3] }, { name: 'nine' }], { returning: ['name', 'numbers', 'kind'] });
    await insert('returning all', [{ id: 100, name: 'ten' }], { returning: true });
    await insert(
      'ignoring duplicates',
      [
        { id: 101, name: 'ten' },
        { id: 102, name: 'eleven' },
      ],
      { ignoreDuplicates: true, returning: ['name'] },
    );
    await insert('updating duplicates', [{ id: 103, name: 'ten', kind: 'b' }], { updateOnDuplicate: ['kind'], upsertKeys: ['name'] });
    await insert('twice', [{ id: 104, name: 'ten' }]);
    await insert('no rows', []);
    await insert('an unknown column', [{ id: 105, name: 'x', nothing: 1 }]);
    await insert('NULL', [{ id: 106, name: null }]);
    await insert('a wrong value', [{ id: 107, name: 'x', kind: 'c' }]);
    await insert('dates as texts', [
      { id: 108, name: 'dated', at: '2020-01-01' },
      { id: 109, name: 'dated too', at: '2020-01-01T10:00:00.000Z' },
    ]);
    await insert('undefined and missing', [
      { id: 110, name: 'a', big: undefined },
      { id: 111, name: 'b', big: 5 },
    ]);
    await note('table by object', () =>
      queryInterface.bulkInsert({ tableName: name('t'), schema: 'public' }, [{ id: 112, name: 'by object' }]),
    );
    await noteTable('t');
  }),
  'bulkUpdate and bulkDelete': migration(async (migrating) => {
    const { queryInterface, sequelize, name, note, noteTable } = migrating;
    await things(migrating);
    await note('rows', () =>
      queryInterface.bulkInsert(
        name('t'),
        ['a', 'b', 'c', 'd'].map((letter, index) => ({ name: letter, big: index })),
      ),
    );
    const update = (what: string, values: object, where: object, options?: object, attributes?: object) =>
      note(what, () => queryInterface.bulkUpdate(name('t'), values, where as never, options, attributes as never));
    await update('by a value', { kind: 'b', flag: true }, { name: 'a' });
    await update('by operators', { numbers: [1, 2], tags: ['x'] }, { big: { [Op.gte]: 2 }, name: { [Op.in]: ['c', 'd', 'e'] } });
    await update('a document as a text', { data: JSON.stringify({ x: 1 }) }, { name: 'a' });
    await update('a document as an object', { data: { x: [1] } }, { name: 'b' }, {}, { data: { type: new DataTypes.JSONB() } });
    await update('an object without attributes', { data: { x: [1] } }, { name: 'c' });
    await update(
      'a call',
      { name: sequelize.fn('concat', sequelize.col('name'), '!'), big: sequelize.literal('big + 10') },
      { [Op.or]: [{ name: 'c' }, { name: 'd' }] },
    );
    await update('all', { at: new Date(0) }, {});
    await update('NULL', { big: null }, { name: 'a' });
    await update('none', { big: 5 }, { name: 'none' });
    await update('returning', { big: 5 }, { name: 'b' }, { returning: ['name', 'big'] });
    await update('twice the same', { name: 'a' }, { name: 'b' });
    await noteTable('t');
    await note('delete', () => queryInterface.bulkDelete(name('t'), { name: 'a' }));
    await note('delete by operators', () => queryInterface.bulkDelete(name('t'), { name: { [Op.like]: '%!' }, big: { [Op.ne]: null } }));
    await note('delete none', () => queryInterface.bulkDelete(name('t'), { name: 'none' }));
    await noteTable('t');
    await note('delete all', () => queryInterface.bulkDelete(name('t'), null as never));
    await note('truncate', () =>
      queryInterface.bulkDelete(name('t'), {}, { truncate: true, cascade: true, restartIdentity: true } as never),
    );
    await noteTable('t');
  }),
  'select, rawSelect, upsert, queries': migration(async (migrating) => {
    const { queryInterface, sequelize, name, note } = migrating;
    await things(migrating);
    await note('rows', () =>
      queryInterface.bulkInsert(name('t'), [
        { name: 'a', big: 1, tags: ['x'] },
        { name: 'b', big: 2, data: '{"k": 1}' },
      ]),
    );
    await note('select', () => queryInterface.select(null, name('t'), { where: { name: 'a' }, raw: true }));
    await note('select some', () =>
      queryInterface.select(null, name('t'), { attributes: ['name', ['big', 'large']], order: [['name', 'DESC']], limit: 1 } as never),
    );
    await note('rawSelect', () => queryInterface.rawSelect(name('t'), { where: { name: 'b' } }, 'big'));
    await note('rawSelect of none', () => queryInterface.rawSelect(name('t'), { where: { name: 'none' } }, 'id'));
    await note('rawSelect of plain rows', () => queryInterface.rawSelect(name('t'), { where: { name: 'b' }, plain: false }, 'big'));
    await note('rawSelect of a number', () =>
      queryInterface.rawSelect(
        name('t'),
        { attributes: [[sequelize.fn('COUNT', sequelize.col('id')), 'n']], dataType: DataTypes.INTEGER } as never,
        'n',
      ),
    );
    const model = sequelize.define(name('t'), ATTRIBUTES, { timestamps: false, freezeTableName: true });
    await note('upsert', () =>
      queryInterface.upsert(name('t'), { name: 'a', big: 7 }, { big: 7 }, {}, { model, returning: true } as never),
    );
    await note('upsert of a new one', () =>
      queryInterface.upsert(name('t'), { id: 50, name: 'c', big: 8 }, { big: 8 }, {}, { model } as never),
    );
    await note('insert', () => queryInterface.insert(null, name('t'), { id: 51, name: 'd', tags: '{}' }, { returning: true } as never));
    const select = `SELECT name, big, kind FROM "${name('t')}" WHERE name = `;
    await note('replacements', () =>
      sequelize.query(`${select}:name OR name IN (:list) ORDER BY name`, {
        replacements: { name: 'a', list: ['b', 'c'] },
        type: QueryTypes.SELECT,
      }),
    );
    await note('bind', () => sequelize.query(`${select}$1`, { bind: ['a'], type: QueryTypes.SELECT, plain: true }));
    await note('update', () =>
      sequelize.query(`UPDATE "${name('t')}" SET big = ? WHERE name = ?`, { replacements: [9, 'a'], type: QueryTypes.UPDATE }),
    );
    await note('delete', () => sequelize.query(`DELETE FROM "${name('t')}" WHERE name = 'd'`, { type: QueryTypes.DELETE }));
    await note('insert', () => sequelize.query(`INSERT INTO "${name('t')}" (id, name) VALUES (60, 'e')`, { type: QueryTypes.INSERT }));
    await note('raw', () => sequelize.query(`UPDATE "${name('t')}" SET big = 1`, { raw: true }));
    await note('insert from a query', () =>
      sequelize.query(
        `INSERT INTO "${name('t')}" (id, name, data) SELECT id + 100, name || '2', jsonb_build_object('from', name) FROM "${name('t')}"`,
      ),
    );
    await note('update from a query', () =>
      sequelize.query(
        `UPDATE "${name('t')}" t SET big = s.n FROM (SELECT kind, count(*) AS n FROM "${name('t')}" GROUP BY kind) s WHERE s.kind = t.kind`,
      ),
    );
  }),
});
