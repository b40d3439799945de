import { raiseSql } from '../raise.js';
import { layers, partsQuery } from './interval-sql.js';

/** The sum or difference of two stored intervals, part by part. */
export function intervalsAdded(left: string, right: string, operator: '+' | '-'): string {
  const added = ['m', 'd', 'u'].map((part) => `a.${part} ${operator} b.${part} AS ${part}`).join(', ');
  return intervalOf(`SELECT ${added} FROM (${partsQuery(left)} LIMIT 1) AS a, (${partsQuery(right)} LIMIT 1) AS b`);
}

const OUT_OF_RANGE = raiseSql('22008', 'interval out of range');

/** PostgreSQL's text of the interval whose parts a query gives (as `partsQuery` does): behind a negative part a positive one has a sign. */
export function intervalOf(query: string): string {
  const signed = (value: string, wasNegative: string): string => `iif(${wasNegative} AND ${value} > 0, '+', '')`;
  const counted = (value: string, unit: string, sign = "''"): string =>
    `iif(${value} = 0, '', ${sign} || ${value} || iif(${value} = 1, ' ${unit} ', ' ${unit}s '))`;
  const afterYears = 'y < 0';
  const afterMonths = 'iif(o <> 0, o < 0, y < 0)';
  const afterDays = `iif(d <> 0, d < 0, ${afterMonths})`;
  const clock =
    `iif(u = 0 AND (y <> 0 OR o <> 0 OR d <> 0), '', iif(u < 0, '-', ${signed('u', afterDays)}) || ` +
    `printf('%02d:%02d:%02d', abs(u) / 3600000000, abs(u) / 60000000 % 60, abs(u) / 1000000 % 60) || rtrim(rtrim(printf('.%06d', abs(u) % 1000000), '0'), '.'))`;
  const text = `${counted('y', 'year')} || ${counted('o', 'mon', signed('o', afterYears))} || ${counted('d', 'day', signed('d', afterMonths))} || ${clock}`;
  const isOut = `abs(m) > 2147483647 OR abs(d) > 2147483647 OR typeof(u) = 'real'`;
  const shown = layers(
    query,
    'm, m / 12 AS y, m % 12 AS o, d, u',
    `CASE WHEN m IS NULL OR d IS NULL OR u IS NULL THEN NULL WHEN ${isOut} THEN ${OUT_OF_RANGE} ELSE rtrim(${text}) END`,
  );
  return `(${shown})`;
}
