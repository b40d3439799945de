import { DataTypes, literal, type ModelStatic, QueryTypes } from 'sequelize';
import type { ContractCase, Row, Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import { answers } from './asking.js';

type Run = ContractCase['run'];

/** Rows with moments, days, times and intervals, some at the ends of months and years. */
export async function moments(site: Site): Promise<ModelStatic<Row>> {
  const model = await site.model('moments', {
    id,
    at: DataTypes.DATE,
    plain: 'TIMESTAMP',
    day: DataTypes.DATEONLY,
    clock: DataTypes.TIME,
    lasts: 'INTERVAL',
    n: DataTypes.INTEGER,
    word: DataTypes.STRING,
  });
  await site.sequelize.query(
    `INSERT INTO "${model.tableName}" (at, plain, day, clock, lasts, n, word) VALUES
    ('2020-02-29 23:59:59.999999Z', '2020-01-31 10:20:30.5', '2020-01-31', '10:20:30', '1 mon 2 days 03:04:05', 3, '3 days'),
    ('2021-12-31 23:30Z', '2021-12-31 23:59:59.999999', '2021-03-28', '23:59:59.999999', '-1 day', -2, '-15 minutes'),
    ('1969-12-31 12:00Z', '1999-12-31', '1999-12-31', '00:00', '00:00:00', 0, '1 hour'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('2024-02-29 12:34:56.789Z', '2024-12-30 12:34:56.789', '2024-02-29', '12:34:56.789', '1 year 2 mons 3 days 04:05:06.7', 40, '2 months')`,
  );
  return model;
}

/** Selects expressions of each moment through attributes. */
export function ofMoments(...expressions: readonly string[]): Run {
  return async (site) =>
    (await moments(site)).findAll({
      attributes: ['id', ...expressions.map((sql, index): [ReturnType<typeof literal>, string] => [literal(sql), `x${index}`])],
      order: ['id'],
      raw: true,
    });
}

/** Each expression in a query of its own; what one fails with is its answer. */
export function eachOfMoments(...expressions: readonly string[]): Run {
  return async (site) => {
    const { tableName } = await moments(site);
    return answers(site, ...expressions.map((sql) => `SELECT id, ${sql} AS x FROM "${tableName}" ORDER BY id`));
  };
}

/** Expressions of all moments together, or as `tail` groups them. */
export function ofAllMoments(expressions: readonly string[], tail = ''): Run {
  return async (site) => {
    const { tableName } = await moments(site);
    const list = expressions.map((sql, index) => `${sql} AS x${index}`).join(', ');
    return site.sequelize.query(`SELECT ${list} FROM "${tableName}" ${tail}`, { type: QueryTypes.SELECT });
  };
}

/** The same expression for each of the words, `%` standing for the word. */
export function forEach(words: readonly string[], expression: string): readonly string[] {
  return words.map((word) => expression.replaceAll('%', word));
}
