import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { PgType } from '../../types/pg-type.js';
import { inRange, rescaled, rint } from '../casts/numbers.js';
import { absoluteKey, roundedToPlaces, signOfKey, truncatedKey, wholeKey } from '../casts/key-rounding.js';
import { freeKey } from '../casts/to-numeric.js';
import { coerce, refuseResult } from '../coerce.js';
import { tryOperator } from '../operate.js';
import { floatPower, OVERFLOW, UNDERFLOW } from '../operators/float-arithmetic.js';
import { exactNumber } from '../operators/numeric-arithmetic.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { isInteger, isNumber } from '../same-type.js';
import type { FunctionRule, Rules, Typed } from '../typed.js';

const FLOAT8: PgType = { key: 'float8' };

/** How a function of one number goes on each kind of them. */
interface NumberFunction {
  readonly float: (x: string) => string;
  /** On NaN, where it isn't NaN. */
  readonly ofNaN?: string;
  /** On an INTEGER in units of 10^-scale: the result's units are whole numbers. */
  readonly scaled?: (x: string, unit: bigint) => string;
  /** On the sortable text of a number of any length. */
  readonly keyed?: (key: string) => Typed;
}

/** Integers are taken for double precision, as in PostgreSQL; numeric stays numeric. */
function ofNumber(name: string, { float, scaled, keyed, ofNaN = "'NaN'" }: NumberFunction): FunctionRule {
  return (args, context) => {
    const [argument, ...more] = args;
    if (!argument || more.length > 0 || !isNumeric(argument)) return undefined;
    refuseResult(argument);
    if (argument.type.key !== 'numeric') return { sql: notNaN(coerce(argument, FLOAT8, context).sql, float, ofNaN), type: FLOAT8 };
    const number = exactNumber(argument, argument, context);
    if (number.type.scale === undefined && keyed) return keyed(freeKey(number.sql, number.type));
    if (number.type.scale === undefined || !scaled) throw withoutScale(name);
    const unit = 10n ** BigInt(number.type.scale);
    return { sql: repeated([number.sql], (x = '') => `iif(${x} = 'NaN', 'NaN', ${scaled(x, unit)})`), type: { key: 'numeric', scale: 0 } };
  };
}

function ofKey(sql: string): Typed {
  return { sql, type: { key: 'numeric' } };
}

function isNumeric({ type }: Typed): boolean {
  return isNumber(type) || type.key === 'unknown';
}

function notNaN(sql: string, build: (x: string) => string, ofNaN = "'NaN'"): string {
  return repeated([sql], (x = '') => `iif(${x} = 'NaN', ${ofNaN}, ${build(x)})`);
}

function withoutScale(name: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(`${name}() of numeric`, 'Cast it to double precision, or calculate in the program.');
}

const abs: FunctionRule = ([argument, ...more], context) => {
  if (!argument || more.length > 0 || !isNumeric(argument)) return undefined;
  refuseResult(argument);
  if (argument.type.key === 'numeric') {
    const { sql, type } = exactNumber(argument, argument, context);
    if (type.scale === undefined) return { sql: absoluteKey(freeKey(sql, type)), type: { key: 'numeric' } };
    return { sql: `iif(${sql} = 'NaN', 'NaN', abs(${sql}))`, type: { key: 'numeric', scale: type.scale } };
  }
  if (!isInteger(argument.type)) {
    const float = coerce(argument, argument.type.key === 'float4' ? argument.type : FLOAT8, context);
    return { sql: notNaN(float.sql, (x) => `abs(${x})`), type: float.type };
  }
  const { sql, type } = coerce(argument, argument.type, context);
  const key = type.key === 'int2' || type.key === 'int4' ? type.key : 'int8';
  return {
    sql: inRange(
      repeated([sql], (x = '') => `iif(${x} < 0, -${x}, ${x})`),
      key,
    ),
    type,
  };
};

/** An operator under its function's name. */
function asOperator(operator: string, takes: (typed: Typed) => boolean): FunctionRule {
  return ([left, right, ...more], context) => {
    if (!left || !right || more.length > 0 || !isNumeric(left) || !isNumeric(right)) return undefined;
    return takes(left) || takes(right) ? tryOperator(operator, left, right, context) : undefined;
  };
}

const isExact = ({ type }: Typed): boolean => isInteger(type) || type.key === 'numeric';

const power: FunctionRule = ([base, exponent, ...more], context) => {
  if (!base || !exponent || more.length > 0 || !isNumeric(base) || !isNumeric(exponent)) return undefined;
  if (
    [base, exponent].some(({ type }) => type.key === 'numeric') &&
    ![base, exponent].some(({ type }) => type.key === 'float8' || type.key === 'float4')
  ) {
    throw new UnsupportedOnFallbackError('power() of numeric', 'Cast both to double precision, or calculate in the program.');
  }
  return { sql: floatPower(coerce(base, FLOAT8, context).sql, coerce(exponent, FLOAT8, context).sql), type: FLOAT8 };
};

/** The whole quotient of numeric, towards zero. */
const div: FunctionRule = ([left, right, ...more], context) => {
  if (!left || !right || more.length > 0 || ![left, right].every((one) => isExact(one) || one.type.key === 'unknown')) return undefined;
  const [a, b] = [exactNumber(left, right, context), exactNumber(right, left, context)];
  if (a.type.scale === undefined || b.type.scale === undefined) throw withoutScale('div');
  const scale = Math.max(a.type.scale, b.type.scale);
  const zero = raiseSql('22012', 'division by zero');
  const sql = repeated([rescaled(a.sql, a.type.scale, scale), rescaled(b.sql, b.type.scale, scale)], (x = '', y = '') => {
    return `CASE WHEN ${x} IS NULL OR ${y} IS NULL THEN NULL WHEN ${x} = 'NaN' OR ${y} = 'NaN' THEN 'NaN' WHEN ${y} = 0 THEN ${zero} ELSE ${x} / ${y} END`;
  });
  return { sql, type: { key: 'numeric', scale: 0 } };
};

const random: FunctionRule = (args) => {
  if (args.length === 2) throw new UnsupportedOnFallbackError('random(min, max)', 'Calculate it with random(), or in the program.');
  return args.length === 0 ? { sql: '((random() & 9007199254740991) / 9007199254740992.0)', type: FLOAT8 } : undefined;
};

const root = (x: string) => `iif(${x} < 0, ${raiseSql('2201F', 'cannot take square root of a negative number')}, sqrt(${x}))`;

function logarithm(name: 'ln' | 'log10'): (x: string) => string {
  const ofZero = raiseSql('2201E', 'cannot take logarithm of zero');
  const ofNegative = raiseSql('2201E', 'cannot take logarithm of a negative number');
  return (x) => `(CASE WHEN ${x} = 0 THEN ${ofZero} WHEN ${x} < 0 THEN ${ofNegative} ELSE ${name}(${x}) END)`;
}

const logarithmToBase: FunctionRule = (args) => {
  if (args.length !== 2 || !args.every(isNumeric)) return undefined;
  throw new UnsupportedOnFallbackError(
    'log() to another base',
    'Divide the ln() of both as double precision, or calculate in the program.',
  );
};

const exponential = (x: string) =>
  `(CASE WHEN abs(${x}) = 9e999 THEN exp(${x}) WHEN exp(${x}) > 1.7976931348623157e308 THEN ${OVERFLOW} WHEN exp(${x}) = 0 THEN ${UNDERFLOW} ELSE exp(${x}) END)`;

/** A bare string could be a MAC address too. */
const ambiguous: FunctionRule = ([argument, ...more]) => {
  if (argument?.type.key === 'unknown' && more.length === 0) throw new PgError('42725', 'function trunc(unknown) is not unique');
  return undefined;
};

const ceiling = ofNumber('ceil', {
  float: (x) => `CAST(ceil(${x}) AS REAL)`,
  scaled: (x, unit) => `(${x} / ${unit} + (${x} % ${unit} > 0))`,
  keyed: (key) => ofKey(wholeKey(key, 'ceil')),
});
/** A negative number that becomes zero keeps its sign. */
const rounding = ofNumber('round', {
  float: (x) => `iif(${x} < 0 AND ${x} >= -0.5, CAST(ceil(${x}) AS REAL), ${rint(x)})`,
  scaled: (x, unit) => `((${x} + iif(${x} < 0, -${unit / 2n}, ${unit / 2n})) / ${unit})`,
  keyed: (key) => ofKey(roundedToPlaces(key, 0)),
});

export const rules: Rules = {
  functions: {
    abs: [abs],
    ceil: [ceiling],
    ceiling: [ceiling],
    floor: [
      ofNumber('floor', {
        float: (x) => `CAST(floor(${x}) AS REAL)`,
        scaled: (x, unit) => `(${x} / ${unit} - (${x} % ${unit} < 0))`,
        keyed: (key) => ofKey(wholeKey(key, 'floor')),
      }),
    ],
    round: [rounding],
    trunc: [
      ambiguous,
      ofNumber('trunc', {
        float: (x) => `CAST(trunc(${x}) AS REAL)`,
        scaled: (x, unit) => `(${x} / ${unit})`,
        keyed: (key) => ofKey(truncatedKey(key, 0)),
      }),
    ],
    sign: [
      ofNumber('sign', {
        float: (x) => `CAST(sign(${x}) AS REAL)`,
        ofNaN: '0.0',
        scaled: (x) => `sign(${x})`,
        keyed: (key) => ({ sql: signOfKey(key), type: { key: 'numeric', scale: 0 } }),
      }),
    ],
    sqrt: [ofNumber('sqrt', { float: root })],
    exp: [ofNumber('exp', { float: exponential })],
    ln: [ofNumber('ln', { float: logarithm('ln') })],
    log: [ofNumber('log', { float: logarithm('log10') }), logarithmToBase],
    log10: [ofNumber('log10', { float: logarithm('log10') })],
    mod: [asOperator('%', isExact)],
    power: [power],
    pow: [power],
    div: [div],
    random: [random],
    pi: [(args) => (args.length === 0 ? { sql: 'pi()', type: FLOAT8 } : undefined)],
  },
};
