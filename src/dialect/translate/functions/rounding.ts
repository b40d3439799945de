import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { Stored } from '../../types/codec.js';
import { parseDecimal, printDecimal, rescale } from '../../types/decimal.js';
import type { Decimal, FiniteDecimal } from '../../types/numeric-key.js';
import { roundedToPlaces, truncatedKey } from '../casts/key-rounding.js';
import { rescaled } from '../casts/numbers.js';
import type { PgType } from '../../types/pg-type.js';
import { freeKey } from '../casts/to-numeric.js';
import { isNegative, refuseResult } from '../coerce.js';
import { exactNumber } from '../operators/numeric-arithmetic.js';
import { repeated } from '../repeated.js';
import { isInteger } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';

type Name = 'round' | 'trunc';

/** So many digits an INTEGER of SQLite has room for. */
const MOST_SCALED_DIGITS = 18;
const MOST_PLACES = 1000;

/** `round(numeric, n)` and `trunc(numeric, n)`; double precision has none of them. */
function toPlaces(name: Name): FunctionRule {
  return ([value, places, ...more], context) => {
    if (!value || more.length > 0) return undefined;
    if (value.decode && value.type.key === 'numeric') return finished(name, value, places ? knownPlaces(places, name, context) : 0);
    if (!places || (value.type.key !== 'numeric' && !isInteger(value.type) && value.type.key !== 'unknown')) return undefined;
    refuseResult(value);
    const number = exactNumber(value, { sql: '', type: { key: 'numeric' } }, context);
    return placed(name, number, knownPlaces(places, name, context));
  };
}

function placed(name: Name, { sql, type }: Typed, places: number): Typed {
  if (type.scale === undefined || !hasRoom(type, places)) {
    const key = freeKey(sql, type);
    return { sql: name === 'round' ? roundedToPlaces(key, places) : truncatedKey(key, places), type: { key: 'numeric' } };
  }
  const units = name === 'round' || places >= type.scale ? rescaled(sql, type.scale, places) : cut(sql, type.scale - places);
  if (places >= 0) return { sql: units, type: { key: 'numeric', scale: places } };
  return { sql: `iif(${units} = 'NaN', 'NaN', ${units} * ${10n ** BigInt(-places)})`, type: { key: 'numeric', scale: 0 } };
}

/** Whether the type's numbers in units of so many decimals are INTEGERs. */
function hasRoom({ scale = 0, modifiers }: PgType, places: number): boolean {
  const [precision] = modifiers ?? [];
  return places <= scale || (typeof precision === 'number' && precision - scale + places <= MOST_SCALED_DIGITS);
}

function cut(sql: string, digits: number): string {
  return repeated([sql], (x = '') => `iif(${x} = 'NaN', 'NaN', (${x} / ${10n ** BigInt(digits)}))`);
}

/** The number of decimals decides how the result is stored. */
function knownPlaces(typed: Typed, name: Name, context: Translation): number {
  const { pending } = typed;
  if (isNegative(typed)) return inBounds(-Number(context.valueOf(typed.negated)), name);
  if (typeof pending === 'object' && pending.kind === 'literal') return inBounds(Number(context.valueOf(pending)), name);
  throw unknownPlaces(name);
}

function inBounds(places: number, name: Name): number {
  if (Number.isInteger(places) && places >= -MOST_SCALED_DIGITS && places <= MOST_PLACES) return places;
  throw unknownPlaces(name);
}

function unknownPlaces(name: Name): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `${name}() to a number of decimals that is not a literal from -18 to 1000`,
    'Write the number of decimals into the statement.',
  );
}

/** What JavaScript finishes it also rounds. */
function finished(name: Name, value: Typed, places: number): Typed {
  const { decode } = value;
  const change = name === 'round' ? rescale : truncated;
  const placedText = (text: string | null | undefined): string | null =>
    text == null ? null : printDecimal(changed(parseDecimal(text), (one) => change(one, places)));
  return { ...value, type: { key: 'numeric' }, decode: (stored: Stored) => placedText(decode?.(stored)) };
}

function changed(value: Decimal, change: (value: FiniteDecimal) => FiniteDecimal): Decimal {
  return typeof value === 'string' ? value : change(value);
}

function truncated({ unscaled, scale }: FiniteDecimal, places: number): FiniteDecimal {
  if (places >= scale) return rescale({ unscaled, scale }, places);
  return rescale({ unscaled: unscaled / 10n ** BigInt(scale - places), scale: places }, places);
}

export const rules: Rules = { functions: { round: [toPlaces('round')], trunc: [toPlaces('trunc')] } };
