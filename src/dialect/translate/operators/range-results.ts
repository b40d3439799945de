import type { PgType } from '../../types/pg-type.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { strict } from './json-sql.js';
import { beginsNoLater, endsNoSooner, overlap, parts, touch } from './range-parts.js';

/** SQL: a stored range of bounds that are chosen: `lower` and `upper` are names of `parts`, or conditions with a name for either outcome. */
function range(lower: Bound, upper: Bound): string {
  return `'[1,' || ${lower.json} || ',' || ${upper.json} || ',"' || iif(${lower.inclusive}, '[', '(') || iif(${upper.inclusive}, ']', ')') || '"]'`;
}

interface Bound {
  readonly json: string;
  readonly inclusive: string;
}

function lowerOf(alias: string): Bound {
  return { json: `${alias}.lj`, inclusive: `${alias}.li` };
}

function upperOf(alias: string): Bound {
  return { json: `${alias}.uj`, inclusive: `${alias}.ui` };
}

function either(condition: string, one: Bound, other: Bound): Bound {
  return {
    json: `iif(${condition}, ${one.json}, ${other.json})`,
    inclusive: `iif(${condition}, ${one.inclusive}, ${other.inclusive})`,
  };
}

/** What ends where the other begins has its bound but not its bracket. */
function turned({ json, inclusive }: Bound): Bound {
  return { json, inclusive: `NOT ${inclusive}` };
}

const [X, Y] = ['x.r', 'y.r'];
/** Of equal bounds (1.5 and 1.50) the second is taken, as in range_union_internal of src/backend/utils/adt/rangetypes.c. */
const HULL = range(either(beginsNoLater('y', 'x'), lowerOf('y'), lowerOf('x')), either(endsNoSooner('y', 'x'), upperOf('y'), upperOf('x')));
/** And here the first (range_intersect_internal). */
const COMMON = range(
  either(beginsNoLater('y', 'x'), lowerOf('x'), lowerOf('y')),
  either(endsNoSooner('y', 'x'), upperOf('x'), upperOf('y')),
);
const GAP = raiseSql('22000', 'result of range union would not be contiguous');
const HOLE = raiseSql('22000', 'result of range difference would not be contiguous');

/** What two ranges come to, by their `parts` and the ranges `r` themselves. */
export const RESULTS = {
  '*': `iif(${overlap}, ${COMMON}, '[0]')`,
  '+': `CASE WHEN x.f = 0 THEN ${Y} WHEN y.f = 0 THEN ${X} WHEN ${overlap} OR ${touch} THEN ${HULL} ELSE ${GAP} END`,
  '-':
    `CASE WHEN NOT ${overlap} THEN ${X} WHEN ${beginsNoLater('y', 'x')} AND ${endsNoSooner('y', 'x')} THEN '[0]'` +
    ` WHEN ${endsNoSooner('y', 'x')} THEN ${range(lowerOf('x'), turned(lowerOf('y')))}` +
    ` WHEN ${beginsNoLater('y', 'x')} THEN ${range(turned(upperOf('y')), upperOf('x'))} ELSE ${HOLE} END`,
  merge: `CASE WHEN x.f = 0 THEN ${Y} WHEN y.f = 0 THEN ${X} ELSE ${HULL} END`,
} as const;

/** SQL: the range made of two. */
export function rangeOfTwo(how: keyof typeof RESULTS, x: string, y: string, type: PgType): string {
  return repeated([x, y], (one = '', other = '') =>
    strict([one, other], `(SELECT ${RESULTS[how]} FROM ${parts(one, type, 'x')}, ${parts(other, type, 'y')})`),
  );
}
