import { DataTypes } from 'sequelize';
import type { Site } from '../../contract-case.js';
import { newDiary, rowsOf } from './diary.js';

const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true };

/** Rows with numbers of their own, after which the sequence is set to go on behind them. */
export async function numberedSeeds(site: Site): Promise<unknown> {
  const { note, entries } = newDiary();
  const { sequelize } = site;
  const name = (suffix: string) => site.name(suffix);
  const queryInterface = sequelize.getQueryInterface();
  const [users, big] = [name('users'), name('Big')];
  const raw = (text: string) => rowsOf(sequelize, text);
  await note('tables', () => queryInterface.createTable(users, { id, name: { type: DataTypes.STRING, unique: true } }));
  await note('tables', () => queryInterface.createTable(big, { Id: { ...id, type: DataTypes.BIGINT }, note: DataTypes.TEXT }));
  await note('set while there is no row', () => raw(`SELECT setval('${users}_id_seq', (SELECT MAX(id) FROM "${users}"))`));
  await note('the first', () => raw(`INSERT INTO "${users}" (name) VALUES ('first') RETURNING id`));
  await note('seed', () =>
    queryInterface.bulkInsert(users, [
      { id: 10, name: 'ten' },
      { id: 20, name: 'twenty' },
    ]),
  );
  await note('set to the greatest', () => raw(`SELECT setval('${users}_id_seq', (SELECT MAX(id) FROM "${users}"))`));
  await note('next', () => raw(`INSERT INTO "${users}" (name) VALUES ('next') RETURNING id`));
  await note('set from the table', () => raw(`SELECT setval('${users}_id_seq', COALESCE(MAX(id), 0) + 10) AS last FROM "${users}"`));
  await note('next', () => raw(`INSERT INTO "${users}" (name) VALUES ('next 2') RETURNING id`));
  await note('set, not called', () => raw(`SELECT setval('public.${users}_id_seq'::regclass, 50, false)`));
  await note('next', () => raw(`INSERT INTO "${users}" (name) VALUES ('next 3') RETURNING id`));
  await note('by table and column', () => raw(`SELECT setval(pg_get_serial_sequence('${users}', 'id'), 100, true)`));
  await note('by a bound value', () => sequelize.query(`SELECT setval('${users}_id_seq', $1)`, { bind: [200] }).then(([rows]) => rows));
  await note('next', () => raw(`INSERT INTO "${users}" (name) VALUES ('next 4') RETURNING id`));
  await note('a name with capitals', () => raw(`SELECT pg_get_serial_sequence('"${big}"', 'Id')`));
  await note('without quotes', () => raw(`SELECT pg_get_serial_sequence('${big}', 'Id')`));
  await note('of no column', () => raw(`SELECT pg_get_serial_sequence('"${big}"', 'id')`));
  await note('of a plain column', () => raw(`SELECT pg_get_serial_sequence('"${big}"', 'note')`));
  await note('set it', () => raw(`SELECT setval('"${big}_Id_seq"', 9007199254740993)`));
  await note('next', () => raw(`INSERT INTO "${big}" (note) VALUES ('x') RETURNING "Id"`));
  await note('no such sequence', () => raw(`SELECT setval('${big}_Id_seq', 5)`));
  await note('zero', () => raw(`SELECT setval('${users}_id_seq', 0)`));
  await note('too much', () => raw(`SELECT setval('${users}_id_seq', 3000000000)`));
  await note('nextval', () => raw(`SELECT nextval('${users}_id_seq')`));
  await note('it is taken', () => raw(`INSERT INTO "${users}" (name) VALUES ('next 5') RETURNING id`));
  await note('in a transaction', () =>
    sequelize.transaction(async (transaction) => {
      await sequelize.query(`INSERT INTO "${users}" (id, name) VALUES (300, 'x')`, { transaction });
      await sequelize.query(`SELECT setval('${users}_id_seq', (SELECT max(id) FROM "${users}"), true)`, { transaction });
      return (await sequelize.query(`INSERT INTO "${users}" (name) VALUES ('y') RETURNING id`, { transaction }))[0];
    }),
  );
  await note('all go', () => queryInterface.bulkDelete(users, {}));
  await note('restart', () => raw(`ALTER SEQUENCE "${users}_id_seq" RESTART WITH 7`));
  await note('next', () => raw(`INSERT INTO "${users}" (name) VALUES ('again') RETURNING id`));
  await note('all go', () => queryInterface.bulkDelete(users, {}, { truncate: true, restartIdentity: true } as never));
  await note('next', () => raw(`INSERT INTO "${users}" (name) VALUES ('again') RETURNING id`));
  await note('restart', () => raw(`DELETE FROM "${users}"; ALTER SEQUENCE ${users}_id_seq RESTART`));
  await note('next', () => raw(`INSERT INTO "${users}" (name) VALUES ('again') RETURNING id`));
  await note('no such sequence', () => raw(`ALTER SEQUENCE nothing RESTART`));
  await note('if there is one', () => raw(`ALTER SEQUENCE IF EXISTS nothing RESTART WITH 5`));
  await note('bulkUpdate', () => queryInterface.bulkUpdate(users, { name: 'changed' }, { id: 1 }));
  await note('all', () => raw(`SELECT * FROM "${users}"`));
  return entries;
}
