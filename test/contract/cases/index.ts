import type { ContractCase } from '../contract-case.js';
import { constraintCases } from './constraints.js';
import { definitionCases } from './definitions.js';
import { rawCases } from './raw.js';
import { readingCases } from './reading.js';
import { transactionCases } from './transactions.js';
import { typeCases } from './types.js';
import { writingCases } from './writing.js';

/** Every hand-written case, in the order of docs/parity.md. */
export const ALL_CASES: readonly ContractCase[] = [
  ...typeCases,
  ...writingCases,
  ...readingCases,
  ...rawCases,
  ...constraintCases,
  ...transactionCases,
  ...definitionCases,
];
