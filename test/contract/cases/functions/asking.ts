import { DataTypes, literal, type ModelStatic, QueryTypes } from 'sequelize';
import type { ContractCase, Row, Site } from '../../contract-case.js';
import { outcomeOf } from '../../../../src/testing/outcome.js';
import { id } from '../fixtures.js';

type Run = ContractCase['run'];

/** Rows with texts of all kinds, numbers and NULLs. */
export async function samples(site: Site): Promise<ModelStatic<Row>> {
  const model = await site.model('samples', {
    id,
    s: DataTypes.TEXT,
    v: DataTypes.STRING(20),
    c: DataTypes.CHAR(5),
    n: DataTypes.INTEGER,
    m: DataTypes.DECIMAL(10, 2),
    f: DataTypes.DOUBLE,
    u: DataTypes.DECIMAL,
    b: DataTypes.BIGINT,
    ok: DataTypes.BOOLEAN,
    day: DataTypes.DATEONLY,
    bytes: DataTypes.BLOB,
  });
  await model.bulkCreate([
    {
      s: 'Hello World',
      v: 'a,b,,c',
      c: 'ab',
      n: 3,
      m: '10.50',
      f: 0.1,
      u: '1.10',
      b: '9007199254740993',
      ok: true,
      day: '2020-02-29',
      bytes: Buffer.from([0, 255, 65]),
    },
    { s: 'it\'s 50%_\\ "x"', v: 'select', c: 'abcde', n: -2, m: '-0.05', f: 0.2, u: '-3.2', b: -5, ok: false, day: '2019-12-31' },
    { s: '', v: '', c: '', n: 0, m: 0, f: 0, u: 0, b: 0, ok: null, day: null, bytes: Buffer.alloc(0) },
    { s: null, v: null, c: null, n: null },
    { s: 'aXbXc', v: 'Foo Bar', c: 'x', n: 3, m: '10.5', f: 0.3, u: '1.1', b: 7, ok: true, day: '2020-02-29', bytes: Buffer.from('zz') },
  ]);
  return model;
}

/** Selects expressions of each row of the samples. */
export function ofRows(...expressions: readonly string[]): Run {
  return async (site) => {
    const model = await samples(site);
    return model.findAll({
      attributes: ['id', ...expressions.map((sql, index): [ReturnType<typeof literal>, string] => [literal(sql), `x${index}`])],
      order: ['id'],
      raw: true,
    });
  };
}

/** Selects expressions of the samples as a whole, or as `tail` groups them. */
export function ofAll(expressions: readonly string[], tail = ''): Run {
  return async (site) => {
    const { tableName } = await samples(site);
    const list = expressions.map((sql, index) => `${sql} AS x${index}`).join(', ');
    return site.sequelize.query(`SELECT ${list} FROM "${tableName}" ${tail}`, { type: QueryTypes.SELECT });
  };
}

/** Selects each expression by itself; what one fails with is its answer. */
export function ofValues(...expressions: readonly string[]): Run {
  return (site) => answers(site, ...expressions.map((sql) => `SELECT ${sql} AS x`));
}

/** The same of the samples. */
export function eachOfRows(...expressions: readonly string[]): Run {
  return async (site) => {
    const { tableName } = await samples(site);
    return answers(site, ...expressions.map((sql) => `SELECT id, ${sql} AS x FROM "${tableName}" ORDER BY id`));
  };
}

/** The same of the samples as a whole. */
export function eachOfAll(...expressions: readonly string[]): Run {
  return async (site) => {
    const { tableName } = await samples(site);
    return answers(site, ...expressions.map((sql) => `SELECT ${sql} AS x FROM "${tableName}"`));
  };
}

/** Asks each query in turn; what one fails with is its answer. */
export async function answers(site: Site, ...queries: readonly string[]): Promise<unknown> {
  const seen = [];
  for (const sql of queries) seen.push(await outcomeOf(() => site.sequelize.query(sql, { type: QueryTypes.SELECT })));
  return seen;
}

/** Finds samples. */
export function found(options: () => object): Run {
  return async (site) => (await samples(site)).findAll({ order: ['id'], raw: true, attributes: ['id'], ...options() });
}

/** One expression without a table: for what the fallback refuses. */
export function one(sql: string): Run {
  return (site) => site.sequelize.query(`SELECT ${sql} AS x`, { type: QueryTypes.SELECT });
}
