import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { repeated } from '../repeated.js';
import { BOOL, isText, TEXT } from '../same-type.js';
import type { OperatorRule, Rules } from '../typed.js';
import { keyOrder, keyPathSql, strict } from './json-sql.js';

const HSTORE: PgType = { key: 'hstore' };
const TEXTS: PgType = { key: 'array', element: TEXT };

const value: OperatorRule = (left, right, context) => {
  if (left.type.key !== 'hstore' || right.type.key === 'array') return undefined;
  const key = coerce(right, TEXT, context).sql;
  return { sql: `json_extract(${left.sql}, ${keyPathSql(key)})`, type: TEXT };
};

const hasKey: OperatorRule = (left, right, context) => {
  if (left.type.key !== 'hstore' || !(isText(right.type) || right.type.key === 'unknown')) return undefined;
  const key = coerce(right, TEXT, context).sql;
  return { sql: strict([left.sql, key], `json_type(${left.sql}, ${keyPathSql(key)}) IS NOT NULL`), type: BOOL };
};

function hasKeys(build: (exists: string, keys: string) => string): OperatorRule {
  return (left, right, context) => {
    if (left.type.key !== 'hstore') return undefined;
    const keys = coerce(right, TEXTS, context).sql;
    const exists = `json_type(${left.sql}, ${keyPathSql('`k`.atom')}) IS NOT NULL`;
    return { sql: strict([left.sql, keys], build(exists, `json_tree(${keys}) AS \`k\` WHERE \`k\`.type = 'text'`)), type: BOOL };
  };
}

function ofTwo(type: PgType, build: (left: string, right: string) => string): OperatorRule {
  return (left, right, context) => {
    const canBe = ({ key }: PgType): boolean => key === 'hstore' || key === 'unknown';
    if (!(left.type.key === 'hstore' || right.type.key === 'hstore') || !canBe(left.type) || !canBe(right.type)) return undefined;
    const operands = [left, right].map((operand) => coerce(operand, HSTORE, context).sql);
    return { sql: repeated(operands, (a = '', b = '') => strict([a, b], build(a, b))), type };
  };
}

function contains(outer: string, inner: string): string {
  return `NOT EXISTS (SELECT 1 FROM json_each(${inner}) AS \`i\` WHERE NOT EXISTS (SELECT 1 FROM json_each(${outer}) AS \`o\` WHERE \`o\`.key = \`i\`.key AND \`o\`.atom IS \`i\`.atom))`;
}

/** Of one key the right one's value. */
function merged(left: string, right: string): string {
  const members = `SELECT key AS k, atom AS v FROM json_each(${right}) UNION ALL SELECT key, atom FROM json_each(${left}) WHERE key NOT IN (SELECT key FROM json_each(${right}))`;
  return `(SELECT json_group_object(k, v ORDER BY ${keyOrder('k')}) FROM (${members}))`;
}

export const rules: Rules = {
  operators: {
    '->': [value],
    '?': [hasKey],
    '?|': [hasKeys((exists, keys) => `EXISTS (SELECT 1 FROM ${keys} AND ${exists})`)],
    '?&': [hasKeys((exists, keys) => `NOT EXISTS (SELECT 1 FROM ${keys} AND NOT ${exists})`)],
    '@>': [ofTwo(BOOL, contains)],
    '<@': [ofTwo(BOOL, (left, right) => contains(right, left))],
    '||': [ofTwo(HSTORE, merged)],
  },
};
