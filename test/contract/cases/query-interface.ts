import type { ContractCase } from '../contract-case.js';
import { columnCases } from './query-interface/columns.js';
import { creatingCases } from './query-interface/creating.js';
import { keyCases } from './query-interface/keys.js';
import { rowCases } from './query-interface/rows.js';
import { schemaCases } from './query-interface/schemas.js';
import { statementCases } from './query-interface/statements.js';

export const queryInterfaceCases: readonly ContractCase[] = [
  ...creatingCases,
  ...schemaCases,
  ...columnCases,
  ...keyCases,
  ...rowCases,
  ...statementCases,
];
