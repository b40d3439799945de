import type { ContractCase } from '../contract-case.js';
import { arrayCases } from './operators/arrays.js';
import { comparisonCases } from './operators/comparisons.js';
import { jsonCases } from './operators/json.js';
import { patternCases } from './operators/patterns.js';
import { rangeCases } from './operators/ranges.js';
import { searchCases } from './operators/search.js';

/** What stands between or before operands, in Sequelize's `Op` and in raw SQL. */
export const operatorCases: readonly ContractCase[] = [
  ...comparisonCases,
  ...patternCases,
  ...arrayCases,
  ...rangeCases,
  ...jsonCases,
  ...searchCases,
];
