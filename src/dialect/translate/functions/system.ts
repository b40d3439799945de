import type { PgType } from '../../types/pg-type.js';
import { keyword } from '../literals.js';
import { BOOL, TEXT } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';

/** What a PostgreSQL whose language this is would say. */
export const SERVER_VERSION = '15.0';
const VERSION = `PostgreSQL ${SERVER_VERSION} (the SQLite fallback of sequelize-resilient)`;

const version: FunctionRule = (args, context) => (args.length === 0 ? { sql: context.constant(VERSION), type: TEXT } : undefined);

function named(word: 'current_database' | 'current_schema' | 'current_user' | 'session_user'): FunctionRule {
  return (args, context) => (args.length === 0 ? keyword({ kind: 'keyword', word }, context) : undefined);
}

/** 53 random bits as a number from 0 to below 1. */
const random: FunctionRule = (args) =>
  args.length === 0 ? { sql: '((random() & 9007199254740991) / 9007199254740992.0)', type: { key: 'float8' } } : undefined;

/** Transactions that write come one after the other here, so that each has all locks. */
function transactionLock(type: PgType, sql: string): FunctionRule {
  return (args) => (args.length === 1 || args.length === 2 ? { sql, type } : undefined);
}

export const rules: Rules = {
  functions: {
    version: [version],
    current_database: [named('current_database')],
    current_schema: [named('current_schema')],
    random: [random],
    pg_advisory_xact_lock: [transactionLock({ key: 'void' }, "''")],
    pg_try_advisory_xact_lock: [transactionLock(BOOL, '1')],
  },
};
