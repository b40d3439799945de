import { UnsupportedOnFallbackError } from '../../../errors.js';
import { serialSequence } from '../../catalog/sequences.js';
import type { Literal } from '../../sql/ast.js';
import { bareTypeName } from '../../types/format-type.js';
import type { PgType } from '../../types/pg-type.js';
import { isAggregate, isWindowCall } from '../aggregate-calls.js';
import { keyword } from '../literals.js';
import { BOOL, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Typed } from '../typed.js';
import { some } from '../walk.js';

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

/** A type's name; as a value of the type regtype it would be compared with other types' names, too. */
const typeOf: FunctionRule = ([argument, ...more], context, call) => {
  if (!argument || more.length > 0) return undefined;
  const onlyAsResult = 'pg_typeof() in a further expression';
  const isOfRows = call.args.some((node) => some(node, (part) => isAggregate(part) || isWindowCall(part)));
  if (isOfRows || argument.elements)
    throw new UnsupportedOnFallbackError('pg_typeof() of an aggregate or a row', 'Name the type yourself.');
  return { sql: context.constant(bareTypeName(argument.type)), type: { key: 'regclass' }, onlyAsResult };
};

/** The parameters of a session are no part of a statement here. */
function refusedSetting(name: string, workaround: string): FunctionRule {
  return () => {
    throw new UnsupportedOnFallbackError(`The function ${name}`, workaround);
  };
}

/** A constant for each table and column, which are said as literals. */
const serialSequenceOf: FunctionRule = ([table, column], context) => {
  if (!isLiteral(table?.pending) || !isLiteral(column?.pending)) return undefined;
  const name = serialSequence(context.valueOf(table.pending), context.valueOf(column.pending), context.catalog);
  return { sql: name === null ? 'NULL' : context.constant(name), type: TEXT };
};

const isLiteral = (pending: Typed['pending']): pending is Literal => typeof pending === 'object' && pending.kind === 'literal';

export const rules: Rules = {
  functions: {
    pg_typeof: [typeOf],
    current_setting: [refusedSetting('current_setting', 'Ask with SHOW, or give the value as a parameter.')],
    set_config: [refusedSetting('set_config', 'Use SET; what row policies would hide must be left out by the query.')],
    pg_get_serial_sequence: [serialSequenceOf],
    version: [version],
    current_database: [named('current_database')],
    current_schema: [named('current_schema')],
    random: [random],
    pg_advisory_xact_lock: [transactionLock({ key: 'void' }, "''")],
    pg_try_advisory_xact_lock: [transactionLock(BOOL, '1')],
  },
};
