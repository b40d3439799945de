import { DataTypes, literal, type ModelStatic, QueryTypes } from 'sequelize';
import type { ContractCase, Row, Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import { answers } from './asking.js';

type Run = ContractCase['run'];

/** Rows with numbers of all types, some at the ends of their ranges, and NULLs. */
export async function quantities(site: Site): Promise<ModelStatic<Row>> {
  const model = await site.model('quantities', {
    id,
    i: DataTypes.INTEGER,
    b: DataTypes.BIGINT,
    f: DataTypes.DOUBLE,
    p: DataTypes.DECIMAL(10, 2),
    e: DataTypes.DECIMAL(20, 4),
    n: DataTypes.DECIMAL,
  });
  await model.bulkCreate([
    { i: 7, b: '9007199254740993', f: 2.5, p: '12.34', e: '123456789012.3456', n: '1.50' },
    { i: -7, b: '-9007199254740993', f: -2.5, p: '-12.35', e: '-0.0001', n: '-7.25' },
    { i: 0, b: 0, f: 0.5, p: 0, e: 0, n: 0 },
    {},
    { i: 1000, b: '9223372036854775806', f: 1e15, p: '99999999.99', e: '9999999999999999.9999', n: '123456789012345678901234567890.123' },
  ]);
  return model;
}

/** Selects expressions of each row through attributes. */
export function ofQuantities(...expressions: readonly string[]): Run {
  return async (site) =>
    (await quantities(site)).findAll({
      attributes: ['id', ...expressions.map((sql, index): [ReturnType<typeof literal>, string] => [literal(sql), `x${index}`])],
      order: ['id'],
      raw: true,
    });
}

/** Each expression in a query of its own; what one fails with is its answer. */
export function eachOfQuantities(...expressions: readonly string[]): Run {
  return async (site) => {
    const { tableName } = await quantities(site);
    return answers(site, ...expressions.map((sql) => `SELECT id, ${sql} AS x FROM "${tableName}" ORDER BY id`));
  };
}

/** Expressions of all rows together. */
export function ofAllQuantities(...expressions: readonly string[]): Run {
  return async (site) => {
    const { tableName } = await quantities(site);
    const list = expressions.map((sql, index) => `${sql} AS x${index}`).join(', ');
    return site.sequelize.query(`SELECT ${list} FROM "${tableName}"`, { type: QueryTypes.SELECT });
  };
}
