import { coerce } from '../coerce.js';
import { floatArithmetic } from '../operators/float-arithmetic.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { isNumber } from '../same-type.js';
import type { FunctionRule, Rules, Typed } from '../typed.js';
import { refusedSql } from './refusal.js';

const FLOAT8 = { key: 'float8' } as const;
/** PostgreSQL's own constant, by which it multiplies and divides. */
const RADIANS_PER_DEGREE = '0.0174532925199432957692';
const OUT_OF_RANGE = raiseSql('22003', 'input is out of range');

function isFloat({ type }: Typed): boolean {
  return isNumber(type) || type.key === 'unknown';
}

/** A function of C's library, which SQLite and PostgreSQL both call. `takes` is what PostgreSQL checks of x. */
function ofLibrary(name: string, takes?: (x: string) => string, sql = (x: string) => `${name}(${x})`): FunctionRule {
  const unbounded = refusedSql(`${name}() of or to infinity`, 'Calculate it in the program.');
  return ([argument, ...more], context) => {
    if (!argument || more.length > 0 || !isFloat(argument)) return undefined;
    const given = coerce(argument, FLOAT8, context).sql;
    const checked = (x: string) => (takes ? `WHEN NOT (${takes(x)}) THEN ${OUT_OF_RANGE} ` : '');
    const calculated = repeated(
      [given],
      (x = '') =>
        `CASE WHEN ${x} IS NULL OR ${x} = 'NaN' THEN ${x} WHEN abs(${x}) = 9e999 THEN ${takes ? `iif(${takes(x)}, ${unbounded}, ${OUT_OF_RANGE})` : unbounded} ` +
        `${checked(x)}WHEN abs(${sql(x)}) = 9e999 THEN ${unbounded} ELSE ${sql(x)} END`,
    );
    return { sql: calculated, type: FLOAT8 };
  };
}

const bounded = (x: string) => `abs(${x}) <> 9e999`;
const atMostOne = (x: string) => `${x} BETWEEN -1 AND 1`;

const atan2: FunctionRule = ([y, x, ...more], context) => {
  if (!y || !x || more.length > 0 || ![y, x].every(isFloat)) return undefined;
  const operands = [y, x].map((argument) => coerce(argument, FLOAT8, context).sql);
  const calculated = (a = '', b = ''): string =>
    `iif(${a} = 'NaN' OR ${b} = 'NaN', iif(${a} IS NULL OR ${b} IS NULL, NULL, 'NaN'), atan2(${a}, ${b}))`;
  return { sql: repeated(operands, calculated), type: FLOAT8 };
};

/** Between degrees and radians. */
function turned(operator: '*' | '/'): FunctionRule {
  return ([argument, ...more], context) => {
    if (!argument || more.length > 0 || !isFloat(argument)) return undefined;
    return { sql: floatArithmetic(operator, coerce(argument, FLOAT8, context).sql, RADIANS_PER_DEGREE, false), type: FLOAT8 };
  };
}

export const rules: Rules = {
  functions: {
    sin: [ofLibrary('sin', bounded)],
    cos: [ofLibrary('cos', bounded)],
    tan: [ofLibrary('tan', bounded)],
    cot: [ofLibrary('cot', bounded, (x) => `(1.0 / tan(${x}))`)],
    asin: [ofLibrary('asin', atMostOne)],
    acos: [ofLibrary('acos', atMostOne)],
    atan: [ofLibrary('atan')],
    sinh: [ofLibrary('sinh')],
    cosh: [ofLibrary('cosh')],
    tanh: [ofLibrary('tanh')],
    asinh: [ofLibrary('asinh')],
    acosh: [ofLibrary('acosh', (x) => `${x} >= 1`)],
    atanh: [ofLibrary('atanh', atMostOne)],
    atan2: [atan2],
    degrees: [turned('/')],
    radians: [turned('*')],
  },
};
