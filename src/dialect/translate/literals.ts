import { PgError } from '../pg-error.js';
import type { Keyword, Literal, Parameter } from '../sql/ast.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import { cast } from './casts.js';
import { NULL } from './coerce.js';
import { BOOL, INT4, INT8 } from './same-type.js';
import type { Translation, Typed } from './typed.js';

const MOST_INT4 = 2n ** 31n - 1n;
const MOST_INT8 = 2n ** 63n - 1n;

/** A literal that waits for its type. The size of a number is part of the plan's key (sql/lexer.ts). */
export function literal(node: Literal): Typed {
  return { sql: '', type: literalType(node), pending: node };
}

function literalType({ of: kind, text }: Literal): PgType {
  if (kind === 'string') return { key: 'unknown' };
  if (kind === 'decimal') return { key: 'numeric' };
  const value = BigInt(text);
  if (value <= MOST_INT4) return INT4;
  return value <= MOST_INT8 ? INT8 : { key: 'numeric' };
}

export function parameter(node: Parameter): Typed {
  return { sql: '', type: { key: 'unknown' }, pending: node };
}

/** What the statement's time is cast to. */
const TIMES: Partial<Record<Keyword['word'], TypeKey>> = {
  current_timestamp: 'timestamptz',
  localtimestamp: 'timestamp',
  current_date: 'date',
  localtime: 'time',
  current_time: 'timetz',
};

export function keyword({ word }: Keyword, context: Translation): Typed {
  const time = TIMES[word];
  if (time) return cast({ sql: context.now(), type: { key: 'timestamptz' } }, { key: time }, context, 'explicit');
  switch (word) {
    case 'null':
      return NULL;
    case 'true':
      return { sql: '1', type: BOOL };
    case 'false':
      return { sql: '0', type: BOOL };
    case 'default':
      throw new PgError('42601', 'DEFAULT is not allowed in this context');
    default:
      return { sql: context.constant(nameOf(word, context.catalog)), type: { key: 'name' } };
  }
}

/** What a fresh installation says where no session was begun. */
function nameOf(word: Keyword['word'], { names, creationSchema }: Translation['catalog']): string {
  if (word === 'current_schema') return creationSchema ?? 'public';
  return (word === 'current_database' ? names?.database : names?.user) ?? 'postgres';
}
