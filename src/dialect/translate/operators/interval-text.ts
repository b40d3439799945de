import { intervalParts, type IntervalSql } from './interval-sql.js';

/** The sum or difference of two stored intervals, part by part. */
export function intervalsAdded(left: string, right: string, operator: '+' | '-'): string {
  const [a, b] = [intervalParts(left), intervalParts(right)];
  const added = (part: keyof IntervalSql): string => `${a[part]} ${operator} ${b[part]}`;
  return partsText(added('months'), added('days'), added('micros'));
}

/** PostgreSQL's text of an interval: behind a negative part a positive one has a sign. */
function partsText(months: string, days: string, micros: string): string {
  const signed = (value: string, wasNegative: string): string => `iif(${wasNegative} AND ${value} > 0, '+', '')`;
  const counted = (value: string, unit: string, sign = "''"): string =>
    `iif(${value} = 0, '', ${sign} || ${value} || iif(${value} = 1, ' ${unit} ', ' ${unit}s '))`;
  const afterYears = 'y < 0';
  const afterMonths = 'iif(m <> 0, m < 0, y < 0)';
  const afterDays = `iif(d <> 0, d < 0, ${afterMonths})`;
  const clock =
    `iif(u = 0 AND (y <> 0 OR m <> 0 OR d <> 0), '', iif(u < 0, '-', ${signed('u', afterDays)}) || ` +
    `printf('%02d:%02d:%02d', abs(u) / 3600000000, abs(u) / 60000000 % 60, abs(u) / 1000000 % 60) || rtrim(rtrim(printf('.%06d', abs(u) % 1000000), '0'), '.'))`;
  const text = `${counted('y', 'year')} || ${counted('m', 'mon', signed('m', afterYears))} || ${counted('d', 'day', signed('d', afterMonths))} || ${clock}`;
  return (
    `(SELECT iif(y IS NULL, NULL, rtrim(${text})) FROM ` +
    `(SELECT q / 12 AS y, q % 12 AS m, d, u FROM (SELECT ${months} AS q, ${days} AS d, ${micros} AS u)))`
  );
}
