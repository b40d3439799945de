import { DataTypes, Op, QueryTypes, type Model } from 'sequelize';
import { type ContractCase, feature, type Row } from '../contract-case.js';
import { filledShop, id, shop } from './fixtures.js';

const chapter = 'Statements that write';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const isUuid = (value: unknown) => uuid.test(String(value));

export const writingCases: readonly ContractCase[] = [
  ...feature(chapter, 'RETURNING', {
    'create gives what the database stored': async (site) => (await shop(site)).people.create({ name: 'Ada', balance: 1.005 }),
    'create with returning of some columns': async (site) =>
      (await shop(site)).people.create({ name: 'Ada', age: 3 }, { returning: ['id', 'age'] }),
    'create with returning: false': async (site) => (await shop(site)).people.create({ name: 'Ada' }, { returning: false as never }),
    'bulkCreate gives ids in order': async (site) => (await shop(site)).people.bulkCreate([{ name: 'c' }, { name: 'a' }, { name: 'b' }]),
    'bulkCreate of some columns': async (site) =>
      (await shop(site)).people.bulkCreate([{ name: 'c' }, { name: 'a' }], { returning: ['id', 'name'] }),
    'bulkCreate without returning': async (site) =>
      (await shop(site)).people.bulkCreate([{ name: 'c' }, { name: 'a' }], { returning: false }),
    'update of many': async (site) => (await filledShop(site)).people.update({ age: 1 }, { where: { age: 36 }, returning: true }),
    'update of none': async (site) => (await filledShop(site)).people.update({ age: 1 }, { where: { age: -1 }, returning: true }),
    'update of some columns': async (site) =>
      (await filledShop(site)).people.update({ age: 1 }, { where: { id: 1 }, returning: ['id', 'age'] }),
    'update without returning': async (site) => (await filledShop(site)).people.update({ age: 1 }, { where: { age: 36 } }),
    'destroy tells how many': async (site) => (await filledShop(site)).people.destroy({ where: { age: 36 } }),
    'destroy with a limit': async (site) => {
      const { orders } = await filledShop(site);
      return [await orders.destroy({ where: { sku: 'a' }, limit: 1 }), await orders.count()];
    },
    'a raw INSERT, UPDATE, DELETE with RETURNING': async (site) => {
      const { people } = await filledShop(site);
      const table = `"${people.tableName}"`;
      return [
        await site.sequelize.query(`INSERT INTO ${table} (name, points) VALUES ('Eve', 5) RETURNING id, name, active, points, balance`),
        await site.sequelize.query(`UPDATE ${table} SET active = NOT active RETURNING id, active, born`),
        await site.sequelize.query(`DELETE FROM ${table} WHERE name = 'Eve' RETURNING *`, { type: QueryTypes.SELECT }),
      ];
    },
  }),
  ...feature(chapter, 'increment and decrement', {
    'of an instance': async (site) => {
      const { people } = await filledShop(site);
      const ada = await people.findByPk(1);
      const given = await ada?.increment({ age: 2, points: 1 });
      return [given, await people.findByPk(1)];
    },
    'of BIGINT past 2^53': async (site) => {
      const { people } = await filledShop(site);
      await people.increment('points', { by: 2, where: { id: 1 } });
      return (await people.findByPk(1))?.get('points');
    },
    'of DECIMAL': async (site) => {
      const { people } = await filledShop(site);
      await people.increment('balance', { by: 0.1, where: { id: 1 } });
      await people.decrement('balance', { by: 100, where: { id: 1 } });
      return (await people.findByPk(1))?.get('balance');
    },
    'of many, and what it returns': async (site) =>
      (await filledShop(site)).people.increment({ age: 1 }, { where: { age: { [Op.ne]: null } } }),
    'of NULL': async (site) => {
      const { people } = await filledShop(site);
      await people.increment('age', { where: {} });
      return (await people.findAll({ order: ['id'] })).map((row) => row.get('age'));
    },
    'past the end of INTEGER': async (site) => {
      const { people } = await filledShop(site);
      return people.increment('age', { by: 2147483647, where: { id: 1 } });
    },
  }),
  ...feature(chapter, 'column defaults', {
    'gen_random_uuid() and uuid_generate_v4()': async (site) => {
      const { fn, literal } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
      const model = await site.model('d', {
        id: { type: DataTypes.UUID, primaryKey: true, defaultValue: fn('gen_random_uuid') },
        other: { type: DataTypes.UUID, defaultValue: literal('uuid_generate_v4()') },
        ours: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 },
      });
      const rows = [await model.create({}), ...(await model.bulkCreate([{}, {}]))];
      return [
        rows.map((row) => [isUuid(row.get('id')), isUuid(row.get('other')), isUuid(row.get('ours'))]),
        new Set(rows.map((row) => row.get('id'))).size,
      ];
    },
    'now() and CURRENT_TIMESTAMP': async (site) => {
      const { fn, literal } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
      const model = await site.model('d', {
        id,
        a: { type: DataTypes.DATE, defaultValue: fn('now') },
        b: { type: DataTypes.DATE, defaultValue: literal('CURRENT_TIMESTAMP') },
        c: { type: DataTypes.DATEONLY, defaultValue: literal('CURRENT_DATE') },
        d: { type: DataTypes.DATE, defaultValue: DataTypes.NOW },
      });
      const row = await model.create({});
      const isRecent = (value: unknown) => value instanceof Date && Math.abs(Date.now() - value.getTime()) < 60_000;
      return [isRecent(row.get('a')), isRecent(row.get('b')), /^\d{4}-\d\d-\d\d$/.test(String(row.get('c'))), isRecent(row.get('d'))];
    },
    'literals and expressions': async (site) => {
      const { literal } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
      const model = await site.model('d', {
        id,
        a: { type: DataTypes.STRING, defaultValue: literal("'x' || 'y'") },
        b: { type: DataTypes.INTEGER, defaultValue: literal('1 + 2 * 3') },
        c: { type: DataTypes.JSONB, defaultValue: literal(`'{"a": [1]}'::jsonb`) },
        d: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: literal("ARRAY['a','b']::varchar[]") },
        e: { type: DataTypes.BOOLEAN, defaultValue: false },
        f: { type: DataTypes.STRING, defaultValue: "it's" },
        g: { type: DataTypes.JSONB, defaultValue: {} },
        h: { type: DataTypes.ARRAY(DataTypes.INTEGER), defaultValue: [] },
      });
      await site.sequelize.query(`INSERT INTO "${model.tableName}" DEFAULT VALUES`);
      return [await model.create({}), await model.findAll({ raw: true, order: ['id'] })];
    },
    'DEFAULT in VALUES': async (site) => {
      const { people } = await shop(site);
      await site.sequelize.query(
        `INSERT INTO "${people.tableName}" (id, name, active) VALUES (DEFAULT, 'a', DEFAULT), (DEFAULT, 'b', false)`,
      );
      return people.findAll({ raw: true, order: ['id'] });
    },
    'UPDATE … SET x = DEFAULT': async (site) => {
      const { people } = await filledShop(site);
      await site.sequelize.query(`UPDATE "${people.tableName}" SET active = DEFAULT, balance = DEFAULT WHERE id = 2`);
      return people.findByPk(2);
    },
  }),
  ...feature(chapter, 'upsert', {
    'of a new row and of an old one': async (site) => {
      const { people } = await shop(site);
      return [
        await people.upsert({ id: 5, name: 'Ada', age: 1 }),
        await people.upsert({ id: 5, name: 'Eve' }),
        await people.findAll({ raw: true }),
      ];
    },
    'by a unique column': async (site) => {
      const { people } = await shop(site);
      await people.create({ name: 'Ada', age: 1 });
      const [row, created] = await people.upsert({ name: 'Ada', age: 2 });
      return [row.get('age'), created, await people.count()];
    },
    'with conflictFields': async (site) => {
      const model = await site.model(
        'u',
        { id, a: DataTypes.INTEGER, b: DataTypes.STRING, c: DataTypes.STRING },
        { indexes: [{ unique: true, fields: ['a', 'b'] }] },
      );
      await model.upsert({ a: 1, b: 'x', c: 'first' }, { conflictFields: ['a', 'b'] });
      await model.upsert({ a: 1, b: 'x', c: 'second' }, { conflictFields: ['a', 'b'] });
      await model.upsert({ a: 1, b: 'y', c: 'third' }, { conflictFields: ['a', 'b'] });
      return model.findAll({ raw: true, attributes: ['a', 'b', 'c'], order: ['b'] });
    },
    'with conflictWhere': async (site) => {
      const model = await site.model(
        'u',
        { id, a: DataTypes.INTEGER, live: DataTypes.BOOLEAN, c: DataTypes.STRING },
        { indexes: [{ unique: true, fields: ['a'], where: { live: true } }] },
      );
      await model.upsert({ a: 1, live: true, c: 'first' }, { conflictFields: ['a'], conflictWhere: { live: true } });
      await model.upsert({ a: 1, live: true, c: 'second' }, { conflictFields: ['a'], conflictWhere: { live: true } });
      return model.findAll({ raw: true, attributes: ['a', 'live', 'c'] });
    },
    'on columns without a unique constraint': async (site) =>
      (await filledShop(site)).people.upsert({ name: 'x', age: 36 }, { conflictFields: ['age'] as never }),
  }),
  ...feature(chapter, 'bulkCreate', {
    ignoreDuplicates: async (site) => {
      const { people } = await filledShop(site);
      const rows = await people.bulkCreate(
        [
          { name: 'Ada', age: 1 },
          { name: 'New', age: 2 },
        ],
        { ignoreDuplicates: true },
      );
      return [rows.map((row) => row.get('name')), await people.findAll({ raw: true, order: ['name'], attributes: ['name', 'age'] })];
    },
    updateOnDuplicate: async (site) => {
      const { people } = await filledShop(site);
      const rows = await people.bulkCreate(
        [
          { id: 1, name: 'Ada', age: 99 },
          { id: 50, name: 'New', age: 2 },
        ],
        { updateOnDuplicate: ['age'] },
      );
      return [
        rows.map((row) => [row.get('id'), row.get('age')]),
        await people.findAll({ raw: true, order: ['id'], attributes: ['id', 'name', 'age'] }),
      ];
    },
    'updateOnDuplicate with conflictAttributes': async (site) => {
      const { people } = await filledShop(site);
      await people.bulkCreate([{ name: 'Ada', age: 99 }], { updateOnDuplicate: ['age'], conflictAttributes: ['name'] });
      return people.findAll({ raw: true, order: ['id'], attributes: ['name', 'age'] });
    },
    'ids given and not given': async (site) => {
      const model = await site.model('k', { id, a: DataTypes.STRING });
      return [await model.bulkCreate([{ a: 'x' }, { a: 'y' }]), await model.create({ a: 'z' })];
    },
    'a thousand rows': async (site) => {
      const model = await site.model('k', { id, a: DataTypes.STRING, b: DataTypes.INTEGER, c: DataTypes.DATE });
      const rows = await model.bulkCreate(Array.from({ length: 1000 }, (_, index) => ({ a: `n${index}`, b: index, c: new Date(index) })));
      return [rows.at(-1)?.get('id'), await model.count(), await model.findByPk(500)];
    },
    'one wrong row refuses all': async (site) => {
      const { people } = await shop(site);
      await people.bulkCreate([{ name: 'a' }, { name: 'a' }]).catch(() => undefined);
      return people.count();
    },
  }),
  ...feature(chapter, 'UPDATE and DELETE', {
    'with expressions': async (site) => {
      const { people } = await filledShop(site);
      const { literal, fn, col } = site.sequelize.Sequelize as unknown as typeof import('sequelize');
      await people.update({ age: literal('age + 1'), name: fn('upper', col('name')) }, { where: { id: 3 } });
      return people.findByPk(3);
    },
    'UPDATE … FROM': async (site) => {
      const { people, orders } = await filledShop(site);
      return site.sequelize.query(
        `UPDATE "${people.tableName}" AS p SET email = o.sku FROM "${orders.tableName}" AS o WHERE o."personId" = p.id AND o.sku = 'd' RETURNING p.id, p.email`,
      );
    },
    'DELETE … USING': async (site) => {
      const { people, orders } = await filledShop(site);
      await site.sequelize.query(
        `DELETE FROM "${orders.tableName}" o USING "${people.tableName}" p WHERE p.id = o."personId" AND p.name = 'Ada'`,
      );
      return orders.findAll({ raw: true, order: ['id'] });
    },
    'UPDATE with a limit': async (site) => {
      const { orders } = await filledShop(site);
      await orders.update({ sku: 'z' }, { where: { sku: 'a' }, limit: 1 });
      return orders.count({ where: { sku: 'z' } });
    },
    'INSERT … SELECT': async (site) => {
      const { tags, people } = await filledShop(site);
      return site.sequelize.query(
        `INSERT INTO "${tags.tableName}" (label) SELECT name FROM "${people.tableName}" ORDER BY name LIMIT 2 RETURNING label`,
      );
    },
    'ON CONFLICT … DO UPDATE … WHERE': async (site) => {
      const { tags } = await filledShop(site);
      const insert = (label: string, where: string) =>
        site.sequelize.query(
          `INSERT INTO "${tags.tableName}" AS t (label) VALUES ('${label}') ON CONFLICT (label) DO UPDATE SET label = EXCLUDED.label || '!' WHERE ${where} RETURNING label`,
        );
      return [await insert('x', 't.id = 1'), await insert('y', 't.id = 1'), await tags.findAll({ raw: true, order: ['id'] })];
    },
    'truncate, with and without new ids': async (site) => {
      const { tags } = await filledShop(site);
      await tags.truncate();
      const next = await tags.create({ label: 'q' });
      await tags.truncate({ restartIdentity: true });
      return [next.get('id'), (await tags.create({ label: 'q' })).get('id')];
    },
    'paranoid rows': async (site) => {
      const model = await site.model('soft', { id, a: DataTypes.STRING }, { paranoid: true, timestamps: true });
      const row = (await model.create({ a: 'x' })) as Model & Row;
      await row.destroy();
      const counts = [await model.count(), await model.count({ paranoid: false })];
      await row.restore();
      return [...counts, await model.count()];
    },
    'optimistic locking': async (site) => {
      const model = await site.model('v', { id, a: DataTypes.STRING }, { version: true });
      const row = await model.create({ a: 'x' });
      const same = await model.findByPk(1);
      await row.update({ a: 'y' });
      return same?.update({ a: 'z' });
    },
    findOrCreate: async (site) => {
      const { people } = await filledShop(site);
      const [old, oldCreated] = await people.findOrCreate({ where: { name: 'Ada' }, defaults: { age: 1 } });
      const [fresh, freshCreated] = await people.findOrCreate({ where: { name: 'Zoe' }, defaults: { age: 1 } });
      return [old.get('age'), oldCreated, fresh.get('age'), freshCreated];
    },
    'findOrCreate in a race': async (site) => {
      const { people } = await shop(site);
      const all = await Promise.all(Array.from({ length: 5 }, () => people.findOrCreate({ where: { name: 'Ada' }, defaults: { age: 1 } })));
      return [all.filter(([, created]) => created).length, await people.count()];
    },
    findCreateFind: async (site) => {
      const { people } = await filledShop(site);
      const [row, created] = await people.findCreateFind({ where: { name: 'Ada' }, defaults: { age: 1 } });
      return [row.get('age'), created];
    },
  }),
];
