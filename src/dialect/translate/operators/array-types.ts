import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { isImplicit } from '../common-type.js';
import { sameType, TEXT, withoutModifiers } from '../same-type.js';
import type { Translation, Typed } from '../typed.js';

/** An array and elements beside it, all as one type. */
export interface CompatibleArray {
  readonly array: string;
  readonly element: PgType;
  readonly type: PgType;
  readonly others: readonly string[];
}

/** As PostgreSQL finds the type of anycompatible: `int4[]` beside a bigint is `int8[]`. `undefined` where there is none. */
export function compatibleArray(array: Typed, others: readonly Typed[], context: Translation): CompatibleArray | undefined {
  if (array.type.key !== 'unknown' && !array.type.element) return undefined;
  const element = commonElement([...(array.type.element ? [array.type.element] : []), ...others.map(({ type }) => type)]);
  if (!element) return undefined;
  const type: PgType = { key: 'array', element };
  return {
    array: coerce(array, type, context).sql,
    element,
    type,
    others: others.map((other) => coerce(other, element, context).sql),
  };
}

/** The element type of two arrays: `int4[] || int8[]` is `int8[]`. */
export function commonElement(types: readonly PgType[]): PgType | undefined {
  const known = types.filter(({ key }) => key !== 'unknown').map(withoutScale);
  if (known.length === 0) return TEXT;
  return known.reduce<PgType | undefined>((found, type) => found && wider(found, type), known[0]);
}

function wider(one: PgType, other: PgType): PgType | undefined {
  if (sameType(one, other) || isImplicit(other, one)) return one;
  return isImplicit(one, other) ? other : undefined;
}

/** Elements that are numeric are stored with all of their digits. */
function withoutScale(type: PgType): PgType {
  return type.key === 'numeric' ? { key: 'numeric' } : withoutModifiers(type);
}
