import type { ContractCase } from '../contract-case.js';
import { expressionCases } from './quietly/expressions.js';
import { statementCases } from './quietly/statements.js';

/** What SQLite accepts with another meaning than PostgreSQL: each is the same, PostgreSQL's own error, or refused. */
export const quietCases: readonly ContractCase[] = [...expressionCases, ...statementCases];
