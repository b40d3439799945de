import fc from 'fast-check';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';
import { RANDOM_COLUMNS } from './random-columns.js';
import type { RandomFinder } from './random-finders.js';

/** The wide model on one engine, with its table. */
export async function wideModel(sequelize: Sequelize): Promise<ModelStatic<Model>> {
  const columns = Object.fromEntries(RANDOM_COLUMNS.map(({ name, type }) => [name, type as never]));
  const model = sequelize.define(
    'random_rows',
    { id: { type: DataTypes.INTEGER, primaryKey: true }, ...columns },
    { timestamps: false, freezeTableName: true },
  );
  await model.sync();
  return model;
}

/** Rows of which a fifth of the values is NULL, the same for the same seed. */
export function randomWideRows(seed: number): readonly Record<string, unknown>[] {
  const values = Object.fromEntries(RANDOM_COLUMNS.map(({ name, values: each }) => [name, fc.option(each, { freq: 5 })]));
  const row = fc.record(values, { noNullPrototype: true });
  const [rows = []] = fc.sample(fc.array(row, { minLength: 14, maxLength: 18, size: 'max' }), { seed, numRuns: 1 });
  return rows.map((given, index) => ({ ...given, id: index + 1 }));
}

export async function fillWide(model: ModelStatic<Model>, rows: readonly Record<string, unknown>[]): Promise<void> {
  // With no room of deleted rows PostgreSQL puts and finds them in their order: which row fails first is the same.
  await model.destroy({ truncate: true });
  await model.bulkCreate(rows.map((row) => ({ ...row })));
}

class RolledBack extends Error {}

/** Calls the finder. What it writes is undone. */
export async function asked(model: ModelStatic<Model>, { method, column, options }: RandomFinder): Promise<unknown> {
  switch (method) {
    case 'sum':
    case 'min':
    case 'max':
      return await model[method](column as never, options as never);
    case 'update':
    case 'destroy':
      return await undone(model, method, options);
    default:
      return await (model[method] as (options: unknown) => Promise<unknown>).call(model, options);
  }
}

async function undone(model: ModelStatic<Model>, method: 'update' | 'destroy', options: RandomFinder['options']): Promise<unknown> {
  let affected: unknown;
  try {
    await model.sequelize?.transaction(async (transaction) => {
      const given = { ...options, transaction } as never;
      affected = method === 'update' ? await model.update({ str: 'changed' }, given) : await model.destroy(given);
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return affected;
}
