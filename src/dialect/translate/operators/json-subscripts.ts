import { PgError } from '../../pg-error.js';
import { coerce } from '../coerce.js';
import { typeName } from '../operate.js';
import { INT4, isText, TEXT } from '../same-type.js';
import type { Translation, Typed } from '../typed.js';
import { valueAlong, valueAtPath } from './json.js';

/** `meta['a'][0]` of jsonb: a path, other than `->`, which takes a scalar for an array of one (src/backend/utils/adt/jsonbsubs.c). */
export function jsonbElement(value: Typed, subscripts: readonly Typed[], context: Translation): Typed {
  const known = subscripts.map((subscript) => literalText(subscript, context));
  if (known.every((step) => step !== undefined)) return valueAtPath(value, known, false);
  const steps = subscripts.map((subscript) => `${stepText(subscript, context)} || ''`);
  return valueAlong(value, `json_array(${steps.join(', ')})`, false);
}

function literalText({ pending, type }: Typed, context: Translation): string | null | undefined {
  if (pending === 'null') return null;
  return pending?.kind === 'literal' && (type.key === 'unknown' || type.key === 'int4') ? context.valueOf(pending) : undefined;
}

function stepText(subscript: Typed, context: Translation): string {
  const { type } = subscript;
  if (type.key === 'unknown' || isText(type)) return coerce(subscript, TEXT, context).sql;
  if (type.key === 'int2' || type.key === 'int4') return coerce(subscript, INT4, context).sql;
  throw new PgError('42804', `subscript type ${typeName(subscript)} is not supported`, {
    hint: 'jsonb subscript must be coercible to either integer or text.',
  });
}
