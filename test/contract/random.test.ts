import fc from 'fast-check';
import { DataTypes, type ModelStatic, Op, QueryTypes, type Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from './contract-case.js';
import { RANDOM_TYPES, type RandomType } from './arbitraries.js';
import { type Engines, openEngines } from './engines.js';
import { outcomeOf } from '../../src/testing/outcome.js';

/** How many random lists of values each type is tried with; a long run sets more. */
const numRuns = Number(process.env['CONTRACT_RUNS'] ?? 6);
const seed = Number(process.env['CONTRACT_SEED'] ?? 20261121);

let engines: Engines;
beforeAll(async () => {
  engines = await openEngines();
});
afterAll(() => engines.dispose());

describe('random values', () => {
  for (const [index, random] of RANDOM_TYPES.entries()) {
    it(`of ${random.name} come back equal, in the same order and groups`, { timeout: 600_000 }, async () => {
      const tables = await Promise.all(
        [engines.postgres, engines.fallback].map(async (sequelize) => ({ sequelize, model: await table(sequelize, `r${index}`, random) })),
      );
      const value = fc.oneof({ weight: 12, arbitrary: random.values }, { weight: 1, arbitrary: fc.constant(null) });
      await fc.assert(
        fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 12 }), fc.nat(WRITES.length - 1), async (list, first) => {
          const [onPostgres, onFallback] = await Promise.all(tables.map((each) => asked({ ...each, ...random, list, first })));
          expect(onFallback).toEqual(onPostgres);
        }),
        { numRuns, seed },
      );
    });
  }
});

async function table(sequelize: Sequelize, name: string, { type }: RandomType): Promise<ModelStatic<Row>> {
  const model = sequelize.define(
    name,
    { id: { type: DataTypes.INTEGER, primaryKey: true }, value: type as never, mod: DataTypes.INTEGER },
    { timestamps: false, freezeTableName: true },
  ) as unknown as ModelStatic<Row>;
  await model.sync();
  return model;
}

interface Trial extends RandomType {
  readonly sequelize: Sequelize;
  readonly model: ModelStatic<Row>;
  readonly list: readonly unknown[];
  /** With which way of writing the list begins. */
  readonly first: number;
}

type Write = (trial: Trial, row: { id: number; value: unknown; mod: number }) => Promise<unknown>;

/** Each value is written in one of these ways, in turn. */
const WRITES: readonly Write[] = [
  ({ model }, row) => model.create(row),
  ({ model }, row) => model.bulkCreate([row], { returning: true }),
  ({ model }, row) => model.upsert(row),
  async ({ model }, { value, ...row }) => {
    const made = await model.create(row);
    return made.update({ value });
  },
  async ({ model }, { value, ...row }) => {
    await model.create(row);
    return model.update({ value }, { where: { id: row.id }, returning: true });
  },
  ({ model }, row) => model.bulkCreate([row], { updateOnDuplicate: ['value'] }),
  ({ sequelize, model, isPlain }, { id, value, mod }) =>
    isPlain
      ? sequelize.query(`INSERT INTO "${model.tableName}" (id, value, mod) VALUES (?, ?, ?) RETURNING *`, {
          replacements: [id, value, mod],
        })
      : model.create({ id, value, mod }),
  ({ sequelize, model, isPlain }, { id, value, mod }) =>
    isPlain
      ? sequelize.query(`INSERT INTO "${model.tableName}" (id, value, mod) VALUES ($1, $2, $3) RETURNING *`, { bind: [id, value, mod] })
      : model.create({ id, value, mod }),
];

/** Writes the values one by one, each way in turn, and asks for them in several ways. */
async function asked(trial: Trial): Promise<unknown> {
  const { model, list, first, unordered, incomparable } = trial;
  await model.destroy({ where: {} });
  const written = [];
  for (const [id, value] of list.entries()) {
    const write = WRITES[(id + first) % WRITES.length];
    const outcome = await outcomeOf(() => (write ? write(trial, { id, value, mod: id % 3 }) : Promise.resolve()));
    written.push(outcome.error ? [outcome.error['name'], outcome.error['code']] : outcome);
  }
  return [
    written,
    await outcomeOf(() => model.findAll({ order: ['id'] })),
    await outcomeOf(() => model.findAll({ order: ['id'], raw: true })),
    incomparable ? [] : await groups(trial),
    incomparable || unordered ? [] : await orders(trial),
  ];
}

/** Which rows have equal values, asked in all ways. */
async function groups({ sequelize, model, list }: Trial): Promise<unknown> {
  const ids = (where: object) =>
    outcomeOf(async () => (await model.findAll({ where: where as never, order: ['id'] })).map((row) => row.get('id')));
  const [one, other] = list;
  const name = `"${model.tableName}"`;
  const rows = (sql: string) => outcomeOf(() => sequelize.query(sql, { type: QueryTypes.SELECT }));
  return [
    await ids({ value: { [Op.eq]: one } }),
    await ids({ value: { [Op.ne]: one } }),
    await ids({ value: { [Op.or]: [{ [Op.eq]: one }, { [Op.eq]: other ?? null }] } }),
    await rows(`SELECT a.id AS a, b.id AS b FROM ${name} a JOIN ${name} b ON a.value = b.value ORDER BY 1, 2`),
    await rows(`SELECT id FROM ${name} WHERE value IN (SELECT value FROM ${name} WHERE mod = 1) ORDER BY id`),
    await rows(`SELECT min(id) AS id, count(*) AS n FROM ${name} GROUP BY value ORDER BY 1`),
    await rows(`SELECT count(DISTINCT value) AS n FROM ${name}`),
    await rows(`SELECT count(*) AS n FROM (SELECT DISTINCT value, mod FROM ${name}) x`),
  ];
}

/** How the values are ordered. */
async function orders({ sequelize, model, list, extremes }: Trial): Promise<unknown> {
  const ids = (options: object) =>
    outcomeOf(async () => (await model.findAll({ attributes: ['id'], ...options })).map((row) => row.get('id')));
  const [one, other] = list;
  return [
    await ids({ order: [['value', 'ASC'], 'id'] }),
    await ids({
      order: [
        ['value', 'DESC NULLS LAST'],
        ['id', 'DESC'],
      ],
    }),
    await ids({ order: ['mod', ['value', 'DESC'], 'id'] }),
    one == null || other == null ? [] : await ids({ where: { value: { [Op.gte]: one, [Op.lt]: other } }, order: ['id'] }),
    one == null || other == null ? [] : await ids({ where: { value: { [Op.between]: [one, other] } }, order: ['id'] }),
    extremes === false
      ? []
      : await outcomeOf(() =>
          sequelize.query(`SELECT mod, min(value) AS a, max(value) AS b FROM "${model.tableName}" GROUP BY mod ORDER BY mod`),
        ),
  ];
}
