import { formatType } from '../../types/format-type.js';
import type { PgType } from '../../types/pg-type.js';
import { canonicalJsonb } from '../operators/json-canonical.js';
import { spaced } from '../operators/json-sql.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import type { CastSql } from './numbers.js';

/** What messages of PostgreSQL 17 call the kinds of jsonb (cannotCastJsonbValue of src/backend/utils/adt/jsonb.c). */
const KINDS: Readonly<Record<string, string>> = {
  null: 'null',
  text: 'string',
  integer: 'numeric',
  real: 'numeric',
  true: 'boolean',
  false: 'boolean',
  array: 'array',
  object: 'object',
};

/** SQL: a number or boolean of jsonb as a type; `ofNumber` converts the text of a numeric. `undefined` where SQLite has no way. */
export function scalarOfJsonb(sql: string, type: PgType, ofNumber: (text: string) => CastSql): CastSql {
  const isBoolean = type.key === 'bool';
  const refusals = Object.entries(KINDS).flatMap(([kind, name]) =>
    isBoolean === (name === 'boolean') && (isBoolean || name === 'numeric')
      ? []
      : [`WHEN '${kind}' THEN ${raiseSql('22023', `cannot cast jsonb ${name} to type ${formatType({ key: type.key })}`)}`],
  );
  if (isBoolean)
    return repeated([sql], (x = '') => `CASE json_type(${x}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 ${refusals.join(' ')} END`);
  const number = ofNumber('`n`.`x`');
  if (number === undefined) return undefined;
  return repeated(
    [sql],
    (x = '') => `CASE json_type(${x}) ${refusals.join(' ')} ELSE (SELECT ${number} FROM (SELECT ${x} AS \`x\` LIMIT 1) AS \`n\`) END`,
  );
}

/** SQL: a text of json, and any other text, as jsonb. */
export function jsonbOfText(sql: string): string {
  const invalid = raiseSql('22P02', 'invalid input syntax for type json');
  return repeated([sql], (x = '') => `iif(json_valid(${x}) = 0, ${invalid}, ${spaced(canonicalJsonb(x))})`);
}
