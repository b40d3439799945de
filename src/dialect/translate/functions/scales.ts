import { keyWithoutScale } from '../../types/numeric-key.js';
import { partsOf, refuseOverRows } from '../casts/key-parts.js';
import { freeKey } from '../casts/to-numeric.js';
import { refuseResult } from '../coerce.js';
import { exactNumber } from '../operators/numeric-arithmetic.js';
import { INT4, isInteger } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';

/** A function of one numeric, over its sortable text with the display scale. */
function ofKey(build: (key: string) => ReturnType<FunctionRule>): FunctionRule {
  return ([value, ...more], context) => {
    if (!value || more.length > 0 || (value.type.key !== 'numeric' && !isInteger(value.type) && value.type.key !== 'unknown'))
      return undefined;
    refuseResult(value);
    const number = exactNumber(value, { sql: '', type: { key: 'numeric' } }, context);
    const key = freeKey(number.sql, number.type);
    refuseOverRows(key);
    return build(key);
  };
}

function ofParts(sql: string): FunctionRule {
  const answer = `CASE WHEN k GLOB '[123]*' THEN (SELECT ${sql} FROM (${partsOf('k')} LIMIT 1)) END`;
  return ofKey((key) => ({ sql: `(SELECT ${answer} FROM (SELECT ${key} AS k LIMIT 1))`, type: INT4 }));
}

export const rules: Rules = {
  functions: {
    scale: [ofParts('s')],
    min_scale: [ofParts('iif(length(d) > e, length(d) - e, 0)')],
    trim_scale: [ofKey((key) => ({ sql: `(SELECT ${keyWithoutScale('k')} FROM (SELECT ${key} AS k LIMIT 1))`, type: { key: 'numeric' } }))],
  },
};
