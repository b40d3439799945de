import type { DataTypes, Model, ModelStatic, Sequelize } from 'sequelize';

/** A model with nine columns. */
export type SampleModel = ModelStatic<Model<Record<string, unknown>, Record<string, unknown>>>;

/** The same two models on each side. */
export interface SampleModels {
  /** Has `ROWS` rows, and is only read. */
  readonly items: SampleModel;
  /** Begins empty, and is written to. */
  readonly entries: SampleModel;
}

/** How many items there are; their ids are 1 to this. */
export const ROWS = 2_000;

/** Defines the models, makes their tables and fills the one that is read. */
export async function makeSampleModels(sequelize: Sequelize): Promise<SampleModels> {
  const models = { items: define(sequelize, 'item'), entries: define(sequelize, 'entry') };
  await sequelize.sync();
  await models.items.bulkCreate(Array.from({ length: ROWS }, (_, index) => sampleRow(index)));
  return models;
}

/** The values of one row, but for its id and timestamps. */
export const sampleRow = (number: number): Record<string, unknown> => ({
  name: `name ${number}`,
  email: `somebody-${number}@example.org`,
  age: number % 90,
  active: number % 3 > 0,
  score: number / 7,
  profile: { city: `city ${number % 50}`, tags: ['a', 'b'] },
});

function define(sequelize: Sequelize, name: string): SampleModel {
  // Each copy of Sequelize has types of its own.
  const types = (sequelize as unknown as { Sequelize: { DataTypes: typeof DataTypes } }).Sequelize.DataTypes;
  return sequelize.define(name, {
    id: { type: types.INTEGER, primaryKey: true, autoIncrement: true },
    name: { type: types.STRING, allowNull: false },
    email: { type: types.STRING, allowNull: false },
    age: { type: types.INTEGER, allowNull: false },
    active: { type: types.BOOLEAN, allowNull: false },
    score: { type: types.DOUBLE, allowNull: false },
    profile: { type: types.JSON, allowNull: false },
  });
}
