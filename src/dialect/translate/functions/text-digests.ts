import { createHash } from 'node:crypto';
import { UnsupportedOnFallbackError } from '../../../errors.js';
import type { PgType } from '../../types/pg-type.js';
import { refuseResult } from '../coerce.js';
import { madeOf } from '../made-of.js';
import { isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';

const BYTEA: PgType = { key: 'bytea' };

/** SQLite has no digests, but those of literals and parameters are known before the statement runs. */
function unknownDigest(name: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `${name}() of a column or an expression`,
    'Give it a literal or parameter, or make the digest in the program and store it.',
  );
}

const md5: FunctionRule = ([argument, ...more], context) => {
  if (!argument || more.length > 0) return undefined;
  const { type } = argument;
  if (!isText(type) && type.key !== 'unknown' && type.key !== 'bytea') return undefined;
  refuseResult(argument);
  const sql = madeOf(argument, type.key === 'bytea' ? BYTEA : TEXT, (value) => digest('md5', value).toString('hex'), context);
  if (sql === undefined) throw unknownDigest('md5');
  return { sql, type: TEXT };
};

function sha(name: string): FunctionRule {
  return ([argument, ...more], context) => {
    if (!argument || more.length > 0 || (argument.type.key !== 'bytea' && argument.type.key !== 'unknown')) return undefined;
    const sql = madeOf(argument, BYTEA, (value) => digest(name, value), context);
    if (sql === undefined) throw unknownDigest(name);
    return { sql, type: BYTEA };
  };
}

function digest(algorithm: string, value: string | number | Buffer): Buffer {
  return createHash(algorithm)
    .update(typeof value === 'number' ? String(value) : value)
    .digest();
}

export const rules: NonNullable<Rules['functions']> = {
  md5: [md5],
  ...Object.fromEntries(['sha224', 'sha256', 'sha384', 'sha512'].map((name) => [name, [sha(name)]])),
};
