import fc from 'fast-check';
import { DataTypes, type ModelStatic, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from './contract-case.js';
import { RANDOM_TYPES } from './arbitraries.js';
import { type Engines, openEngines } from './engines.js';
import { outcomeOf } from './outcome.js';

/** How many random lists of values each type is tried with; a long run sets more. */
const numRuns = Number(process.env['CONTRACT_RUNS'] ?? 12);
const seed = Number(process.env['CONTRACT_SEED'] ?? 20261121);

let engines: Engines;
beforeAll(async () => {
  engines = await openEngines();
});
afterAll(() => engines.dispose());

describe('random values', () => {
  for (const [index, { name, type, values, unordered }] of RANDOM_TYPES.entries()) {
    it(`of ${name} come back equal and in the same order`, { timeout: 600_000 }, async () => {
      const models = await Promise.all(
        [engines.postgres, engines.fallback].map(async (sequelize: Sequelize) => {
          const model = sequelize.define(
            `r${index}`,
            { id: { type: DataTypes.INTEGER, primaryKey: true }, value: type as never },
            { timestamps: false, freezeTableName: true },
          ) as unknown as ModelStatic<Row>;
          await model.sync();
          return model;
        }),
      );
      const answer = (model: ModelStatic<Row>, list: readonly unknown[]) => asked(model, list, unordered !== true);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof({ weight: 12, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) }), {
            minLength: 1,
            maxLength: 12,
          }),
          async (list) => {
            const [onPostgres, onFallback] = await Promise.all(models.map((model) => answer(model, list)));
            expect(onFallback).toEqual(onPostgres);
          },
        ),
        { numRuns, seed },
      );
    });
  }
});

/** Writes the values one by one, each way in turn, and asks for them in several ways. */
async function asked(model: ModelStatic<Row>, values: readonly unknown[], ordered: boolean): Promise<unknown> {
  await model.destroy({ where: {} });
  const written = [];
  for (const [index, value] of values.entries()) {
    const write =
      index % 3 === 0 ? () => model.bulkCreate([{ id: index, value }], { returning: true }) : () => model.create({ id: index, value });
    const outcome = await outcomeOf(write);
    written.push('error' in outcome ? [outcome.error['name'], outcome.error['code']] : outcome);
  }
  const ids = async (direction: string) =>
    (await model.findAll({ order: [['value', direction], 'id'], attributes: ['id'] })).map((row) => row.get('id'));
  return [
    written,
    await outcomeOf(() => model.findAll({ order: ['id'] })),
    await outcomeOf(() => model.findAll({ order: ['id'], raw: true })),
    ordered ? [await ids('ASC'), await ids('DESC')] : [],
  ];
}
