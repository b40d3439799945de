import type { Sequelize } from 'sequelize';
import { makeSampleModels, ROWS, sampleRow } from './sample-models.js';

/** What is measured on one database of one side; each call does one operation. */
export type Operations = Readonly<Record<OperationName, () => Promise<unknown>>>;

export const OPERATION_NAMES = ['findByPk', 'create', 'findAll', 'transaction'] as const;
export type OperationName = (typeof OPERATION_NAMES)[number];

/** What the lines of the tables are called. */
export const TITLES: Readonly<Record<OperationName, string>> = {
  findByPk: '`findByPk`',
  create: '`create`',
  findAll: '`findAll` of 100 rows',
  transaction: 'transaction of two statements',
};

/** Makes the tables and says how to do each operation on them. */
export async function makeOperations(sequelize: Sequelize): Promise<Operations> {
  const { items, entries } = await makeSampleModels(sequelize);
  let calls = 0;
  return {
    // A step that has no factor with the number of rows in common comes to each of them.
    findByPk: () => items.findByPk(1 + (((calls += 1) * 787) % ROWS)),
    create: () => entries.create(sampleRow((calls += 1))),
    findAll: () => items.findAll({ limit: 100 }),
    transaction: () =>
      sequelize.transaction(async (transaction) => {
        const entry = await entries.create(sampleRow((calls += 1)), { transaction });
        await entries.update({ age: 1 }, { where: { id: entry.get('id') as number }, transaction });
      }),
  };
}
