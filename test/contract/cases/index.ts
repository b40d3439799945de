import type { ContractCase } from '../contract-case.js';
import { constraintCases } from './constraints.js';
import { definitionCases } from './definitions.js';
import { foundCases } from './found.js';
import { functionCases } from './functions.js';
import { migrationCases } from './migrations.js';
import { operatorCases } from './operators.js';
import { queryCases } from './queries.js';
import { queryInterfaceCases } from './query-interface.js';
import { quietCases } from './quietly.js';
import { rawCases } from './raw.js';
import { readingCases } from './reading.js';
import { serviceCases } from './services.js';
import { suiteCases } from './suite.js';
import { transactionCases } from './transactions.js';
import { typeCases } from './types.js';
import { valueCases } from './values.js';
import { writingCases } from './writing.js';

/** Every hand-written case, in the order of docs/parity.md. */
export const ALL_CASES: readonly ContractCase[] = [
  ...typeCases,
  ...valueCases,
  ...operatorCases,
  ...functionCases,
  ...quietCases,
  ...writingCases,
  ...readingCases,
  ...rawCases,
  ...queryCases,
  ...constraintCases,
  ...transactionCases,
  ...definitionCases,
  ...queryInterfaceCases,
  ...migrationCases,
  ...serviceCases,
  ...suiteCases,
  ...foundCases,
];
