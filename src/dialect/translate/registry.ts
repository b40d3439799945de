import { rules as comparisons } from './comparisons.js';
import { rules as aggregatesFunctions } from './functions/aggregates.js';
import { rules as arraysFunctions } from './functions/arrays.js';
import { rules as conditionalFunctions } from './functions/conditional.js';
import { rules as ageFunctions } from './functions/date-age.js';
import { rules as dateBinFunctions } from './functions/date-bin.js';
import { rules as dateMakeFunctions } from './functions/date-make.js';
import { rules as dateOverlapsFunctions } from './functions/date-overlaps.js';
import { rules as dateReadFunctions } from './functions/date-read.js';
import { rules as dateTimeFunctions } from './functions/date-time.js';
import { rules as dateZonesFunctions } from './functions/date-zones.js';
import { rules as enumsFunctions } from './functions/enums.js';
import { rules as geometryFunctions } from './functions/geometry.js';
import { rules as intervalsFunctions } from './functions/intervals.js';
import { rules as jsonFunctions } from './functions/json.js';
import { rules as numericFunctions } from './functions/numeric.js';
import { rules as ofSqliteFunctions } from './functions/of-sqlite.js';
import { rules as rangesFunctions } from './functions/ranges.js';
import { rules as roundingFunctions } from './functions/rounding.js';
import { rules as scalesFunctions } from './functions/scales.js';
import { rules as systemFunctions } from './functions/system.js';
import { rules as textSearchFunctions } from './functions/text-search.js';
import { rules as textFunctions } from './functions/text.js';
import { rules as toCharFunctions } from './functions/to-char.js';
import { rules as trigonometryFunctions } from './functions/trigonometry.js';
import { rules as uuidFunctions } from './functions/uuid.js';
import { rules as wholeNumbersFunctions } from './functions/whole-numbers.js';
import { rules as windowsFunctions } from './functions/windows.js';
import { rules as arraysOperators } from './operators/arrays.js';
import { rules as dateTimeOperators } from './operators/date-time.js';
import { rules as hstoreOperators } from './operators/hstore.js';
import { rules as jsonOperators } from './operators/json.js';
import { rules as networkOperators } from './operators/network.js';
import { rules as numericOperators } from './operators/numeric.js';
import { rules as patternsOperators } from './operators/patterns.js';
import { rules as rangesOperators } from './operators/ranges.js';
import { rules as textSearchOperators } from './operators/text-search.js';
import { rules as textOperators } from './operators/text.js';
import type { FunctionRule, OperatorRule, Rules, RuleTable } from './typed.js';

/** In the order in which they are asked: those that take any operands come last. */
const ALL: readonly Rules[] = [
  jsonOperators,
  arraysOperators,
  rangesOperators,
  hstoreOperators,
  networkOperators,
  textSearchOperators,
  numericOperators,
  dateTimeOperators,
  patternsOperators,
  textOperators,
  comparisons,
  jsonFunctions,
  arraysFunctions,
  rangesFunctions,
  textSearchFunctions,
  enumsFunctions,
  geometryFunctions,
  roundingFunctions,
  numericFunctions,
  scalesFunctions,
  wholeNumbersFunctions,
  trigonometryFunctions,
  dateTimeFunctions,
  dateZonesFunctions,
  dateMakeFunctions,
  dateReadFunctions,
  dateBinFunctions,
  dateOverlapsFunctions,
  ageFunctions,
  intervalsFunctions,
  toCharFunctions,
  textFunctions,
  aggregatesFunctions,
  windowsFunctions,
  conditionalFunctions,
  systemFunctions,
  uuidFunctions,
  ofSqliteFunctions,
];

/** All rules there are. A translation hands them on, so that rules can ask for others without importing them. */
export const RULES: RuleTable = {
  operators: gathered<OperatorRule>(ALL.map(({ operators }) => operators)),
  functions: gathered<FunctionRule>(ALL.map(({ functions }) => functions)),
};

function gathered<Rule>(parts: readonly (Readonly<Record<string, readonly Rule[]>> | undefined)[]): ReadonlyMap<string, readonly Rule[]> {
  const all = new Map<string, readonly Rule[]>();
  for (const part of parts) {
    for (const [name, rules] of Object.entries(part ?? {})) all.set(name, [...(all.get(name) ?? []), ...rules]);
  }
  return all;
}
