import type { PgType } from '../types/pg-type.js';
import { coerce } from './coerce.js';
import { textAt, unambiguous, unspaced, valueAt } from './operators/json-sql.js';
import { raiseSql } from './raise.js';
import { repeated } from './repeated.js';
import { TEXT } from './same-type.js';
import type { TableFunction } from './typed.js';

type Kind = 'json' | 'jsonb';

const ELEMENT_REFUSALS = ['cannot extract elements from an object', 'cannot extract elements from a scalar'] as const;

/** `jsonb_each` and its family: SQLite's json_each has the rows. */
export const jsonTableFunctions: Readonly<Record<string, TableFunction>> = {
  ...ofKind('json'),
  ...ofKind('jsonb'),
};

function ofKind(key: Kind): Readonly<Record<string, TableFunction>> {
  const name = { name: 'key', type: TEXT, sql: keyOf };
  return {
    [`${key}_array_elements`]: rows(key, { type: 'array', refusals: ELEMENT_REFUSALS }, [
      { name: 'value', type: { key }, sql: jsonOf(key) },
    ]),
    [`${key}_array_elements_text`]: rows(key, { type: 'array', refusals: ELEMENT_REFUSALS }, [
      { name: 'value', type: TEXT, sql: textOf(key) },
    ]),
    [`${key}_each`]: rows(key, { type: 'object', refusals: refusalsOf(`${key}_each`) }, [
      name,
      { name: 'value', type: { key }, sql: jsonOf(key) },
    ]),
    [`${key}_each_text`]: rows(key, { type: 'object', refusals: refusalsOf(`${key}_each_text`) }, [
      name,
      { name: 'value', type: TEXT, sql: textOf(key) },
    ]),
    [`${key}_object_keys`]: rows(key, { type: 'object', refusals: keyRefusals(`${key}_object_keys`) }, [{ type: TEXT, sql: keyOf }]),
  };
}

interface Wanted {
  readonly type: 'array' | 'object';
  /** What is said of the other container, and of a scalar. */
  readonly refusals: readonly [container: string, scalar: string];
}

type Columns = NonNullable<ReturnType<TableFunction>>['columns'];

function rows(key: Kind, { type, refusals }: Wanted, columns: Columns): TableFunction {
  return ([argument, ...others], context) => {
    if (!argument || others.length > 0 || (argument.type.key !== key && argument.type.key !== 'unknown')) return undefined;
    const [container, scalar] = refusals.map((message) => raiseSql('22023', message));
    const other = type === 'array' ? 'object' : 'array';
    const sql = repeated(
      [unspaced(coerce(argument, { key }, context).sql)],
      (json = '') =>
        `CASE json_type(${json}) WHEN '${type}' THEN ${unambiguous(json, { key })} WHEN '${other}' THEN ${container} ELSE iif(${json} IS NULL, NULL, ${scalar}) END`,
    );
    return { sql: `json_each(${sql})`, columns, ordinality: type === 'array' ? place : numberOfMember };
  };
}

function place(alias: string): string {
  return `(${alias}.key + 1)`;
}

/** Of an object json_each counts in another way: its members are numbered by those before them. */
function numberOfMember(alias: string): string {
  return `(SELECT count(*) FROM json_each(${alias}.json) AS b WHERE b.id <= ${alias}.id)`;
}

function refusalsOf(name: string): Wanted['refusals'] {
  return [`cannot call ${name} on a non-object`, `cannot call ${name} on a non-object`];
}

function keyRefusals(name: string): Wanted['refusals'] {
  return [`cannot call ${name} on an array`, `cannot call ${name} on a scalar`];
}

function keyOf(alias: string): string {
  return `${alias}.key`;
}

function jsonOf(key: Kind): (alias: string) => string {
  const type: PgType = { key };
  return (alias) => valueAt(`${alias}.json`, `${alias}.fullkey`, type);
}

function textOf(key: Kind): (alias: string) => string {
  return (alias) => `(${textAt(`${alias}.json`, `${alias}.fullkey`, { key })})`;
}
