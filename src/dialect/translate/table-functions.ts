import { UnsupportedOnFallbackError } from '../../errors.js';
import type { PgType } from '../types/pg-type.js';
import { raiseSql } from './raise.js';
import { coerce } from './coerce.js';
import { commonType } from './common-type.js';
import { orderKey } from './comparisons.js';
import { operate } from './operate.js';
import { isInteger } from './same-type.js';
import { arrayTableFunctions } from './table-functions-arrays.js';
import { jsonTableFunctions } from './table-functions-json.js';
import type { TableFunction, Translation, Typed } from './typed.js';

/** The functions that may stand in FROM. */
export const tableFunctions: Readonly<Record<string, TableFunction>> = {
  ...arrayTableFunctions,
  ...jsonTableFunctions,
  generate_series: generateSeries,
};

function generateSeries(args: readonly Typed[], context: Translation): ReturnType<TableFunction> {
  const [start, stop, step] = args;
  if (!start || !stop || args.length > 3) return undefined;
  const type = commonType([start, stop], 'generate_series');
  if (isInteger(type))
    return integerSeries(
      [start, stop, step].map((arg) => arg && coerce(arg, type, context)),
      type,
    );
  if (type.key === 'numeric') throw new UnsupportedOnFallbackError('generate_series() of numeric', 'Use integers and divide them.');
  if (step && (type.key === 'timestamp' || type.key === 'timestamptz' || type.key === 'date'))
    return timeSeries(start, stop, step, context);
  return undefined;
}

/** SQLite has no such function, but a table of a JSON array's elements, which can be made of any length. */
function integerSeries([start, stop, step]: readonly (Typed | undefined)[], type: PgType): ReturnType<TableFunction> {
  const [from = '', to = '', by = '1'] = [start?.sql, stop?.sql, step?.sql];
  const increment = step ? `iif(${by} = 0, ${raiseSql('22023', 'step size cannot equal zero')}, ${by})` : by;
  const count = `max(0, (${to} - ${from}) / ${increment} + iif((${to} - ${from}) * ${by} < 0, 0, 1))`;
  const zeros = `'[' || rtrim(replace(hex(zeroblob(${count})), '00', '0,'), ',') || ']'`;
  const column = (alias: string): string => `(${from} + ${alias}.key * ${by})`;
  return { sql: `json_each(${zeros})`, columns: [{ type, sql: column }] };
}

/** Each time is the one before plus the step, as in PostgreSQL. */
function timeSeries(start: Typed, stop: Typed, step: Typed, context: Translation): ReturnType<TableFunction> {
  const keys = [start.type.key, stop.type.key];
  const type: PgType = { key: keys.includes('timestamp') && !keys.includes('timestamptz') ? 'timestamp' : 'timestamptz' };
  const [from, to, by] = [coerce(start, type, context), coerce(stop, type, context), coerce(step, { key: 'interval' }, context)];
  const next = (sql: string): string => operate('+', { sql, type }, by, context).sql;
  const noStep = raiseSql('22023', 'step size cannot equal zero');
  const [name, value] = [context.alias(), context.alias()];
  const isBefore = `iif(${next(from.sql)} > ${from.sql}, ${value} <= ${to.sql}, ${value} >= ${to.sql})`;
  const first = `iif(${orderKey(by)} = 0, ${noStep}, ${from.sql})`;
  const rows = `SELECT ${first} UNION ALL SELECT ${next(value)} FROM ${name} WHERE ${isBefore}`;
  return {
    sql: `(WITH RECURSIVE ${name}(${value}) AS (${rows}) SELECT ${value} AS \`0\` FROM ${name} WHERE ${isBefore})`,
    columns: [{ type, sql: (alias) => `${alias}.\`0\`` }],
  };
}
