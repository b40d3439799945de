import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import { elementValue } from './operators/array-sql.js';
import { callFunction } from './operate.js';
import { repeated } from './repeated.js';
import type { TableFunction } from './typed.js';

/** `unnest` and what is made with it. */
export const arrayTableFunctions: Readonly<Record<string, TableFunction>> = { unnest, string_to_table: stringToTable };

function unnest(...[[array, ...others]]: Parameters<TableFunction>): ReturnType<TableFunction> {
  if (others.length > 0)
    throw new UnsupportedOnFallbackError('unnest() of several arrays', 'Unnest each by itself, WITH ORDINALITY, and join them.');
  if (array?.type.key === 'unknown') throw new PgError('42725', 'function unnest(unknown) is not unique');
  const element = array?.type.element;
  if (!array || !element) return undefined;
  return {
    sql: `json_each(${repeated([array.sql], flattened)})`,
    columns: [{ type: element, sql: (alias) => elementValue(`${alias}.atom`, element) }],
    ordinality: (alias) => `(${alias}.key + 1)`,
  };
}

/** The elements of all dimensions in one; their JSON stays as it is, as SQLite would write numbers with fewer digits. */
function flattened(array = ''): string {
  const elements = `SELECT '[' || group_concat(${array} -> fullkey, ',') || ']' FROM json_tree(${array}) WHERE type <> 'array'`;
  return `iif(${array} GLOB '[[][[]*', (${elements}), ${array})`;
}

function stringToTable(...[args, context]: Parameters<TableFunction>): ReturnType<TableFunction> {
  const call = { kind: 'call', path: ['string_to_array'], args: [], star: false, distinct: false, orderBy: [] } as const;
  return unnest([callFunction(call, args, context, { sources: [] })], context);
}
