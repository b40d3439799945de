import { refuseOverRows } from '../casts/key-parts.js';
import { inRange } from '../casts/numbers.js';
import { coerce } from '../coerce.js';
import { layers } from '../operators/interval-sql.js';
import { raiseSql } from '../raise.js';
import { INT4, isInteger } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { UnsupportedOnFallbackError } from '../../../errors.js';
import { refusedSql } from './refusal.js';

type Key = 'int4' | 'int8';

/** The integer type of a call whose arguments are whole numbers: int8 where one of them is. */
function integerKey(args: readonly Typed[], name: string): Key | undefined {
  if (args.some(({ type }) => type.key === 'numeric'))
    throw new UnsupportedOnFallbackError(`${name}() of numeric`, 'Cast to bigint, or calculate in the program.');
  if (!args.some(({ type }) => isInteger(type)) || !args.every(({ type }) => isInteger(type) || type.key === 'unknown')) return undefined;
  return args.some(({ type }) => type.key === 'int8') ? 'int8' : 'int4';
}

/** Euclid's steps over the columns a and b. */
const DIVISOR =
  '(WITH RECURSIVE g(p, q) AS (SELECT abs(a), abs(b) UNION ALL SELECT q, p % q FROM g WHERE q <> 0) SELECT p FROM g WHERE q = 0)';
/** Its absolute value is no INTEGER. */
const LEAST = '-9223372036854775808';
const TOO_SMALL = refusedSql('gcd() or lcm() of the least bigint', 'Calculate it in the program.');

function ofTwo(name: 'gcd' | 'lcm', result: string): FunctionRule {
  return (args, context) => {
    const key = args.length === 2 ? integerKey(args, name) : undefined;
    return key && { sql: calculated(args, key, result, context), type: { key } };
  };
}

function calculated(args: readonly Typed[], key: Key, result: string, context: Translation): string {
  const [a = '', b = ''] = args.map((argument) => coerce(argument, { key }, context).sql);
  refuseOverRows(a + b);
  const answer = `CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN a = ${LEAST} OR b = ${LEAST} THEN ${TOO_SMALL} ELSE ${result} END`;
  return inRange(`(${layers(`SELECT ${a} AS a, ${b} AS b`, answer)})`, key);
}

const FEW = raiseSql('2201G', 'count must be greater than zero');
const SAME = raiseSql('2201G', 'lower bound cannot equal upper bound');
const UNBOUNDED = refusedSql('width_bucket() with NaN or infinity', 'Calculate it in the program.');

/** `width_bucket(value, low, high, count)` of double precision (width_bucket_float8 in src/backend/utils/adt/float.c). */
const widthBucket: FunctionRule = (args, context) => {
  const [value, low, high, count] = args;
  if (low?.type.key === 'array')
    throw new UnsupportedOnFallbackError('width_bucket() by an array of thresholds', 'Use CASE WHEN, or calculate in the program.');
  if (!value || !low || !high || !count || args.length > 4) return undefined;
  const numbers = [value, low, high];
  if (numbers.some(({ type }) => type.key === 'numeric') && !numbers.some(({ type }) => type.key === 'float8' || type.key === 'float4'))
    throw new UnsupportedOnFallbackError('width_bucket() of numeric', 'Cast to double precision, or calculate in the program.');
  const [x = '', a = '', b = ''] = numbers.map((number) => coerce(number, { key: 'float8' }, context).sql);
  const n = coerce(count, INT4, context).sql;
  refuseOverRows(x + a + b + n);
  const within = (from: string, to: string): string => {
    const share = `CAST(n * ((${from}) / (${to})) AS INTEGER)`;
    return `iif(${share} >= n, n, ${share} + 1)`;
  };
  const bucket =
    `CASE WHEN x IS NULL OR a IS NULL OR b IS NULL OR n IS NULL THEN NULL WHEN n <= 0 THEN ${FEW} ` +
    `WHEN 'NaN' IN (x, a, b) OR abs(x) = 9e999 OR abs(a) = 9e999 OR abs(b) = 9e999 OR abs(b - a) = 9e999 THEN ${UNBOUNDED} WHEN a = b THEN ${SAME} ` +
    `WHEN a < b THEN CASE WHEN x < a THEN 0 WHEN x >= b THEN n + 1 ELSE ${within('x - a', 'b - a')} END ` +
    `ELSE CASE WHEN x > a THEN 0 WHEN x <= b THEN n + 1 ELSE ${within('a - x', 'a - b')} END END`;
  return { sql: inRange(`(${layers(`SELECT ${x} AS x, ${a} AS a, ${b} AS b, ${n} AS n`, bucket)})`, 'int4'), type: INT4 };
};

export const rules: Rules = {
  functions: {
    gcd: [ofTwo('gcd', DIVISOR)],
    lcm: [ofTwo('lcm', `iif(a = 0 OR b = 0, 0, abs(a / ${DIVISOR} * b))`)],
    width_bucket: [widthBucket],
  },
};
