import type { ContractCase } from '../contract-case.js';
import { aggregateCases } from './functions/aggregates.js';
import { arrayFunctionCases } from './functions/arrays.js';
import { dateCases } from './functions/dates.js';
import { jsonFunctionCases } from './functions/json.js';
import { numberCases } from './functions/numbers.js';
import { textCases } from './functions/text.js';

/** The functions that a program meets: a row of docs/parity.md each. */
export const functionCases: readonly ContractCase[] = [
  ...textCases,
  ...numberCases,
  ...dateCases,
  ...arrayFunctionCases,
  ...jsonFunctionCases,
  ...aggregateCases,
];
