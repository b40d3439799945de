import { PgError } from '../pg-error.js';
import type { PgType } from '../types/pg-type.js';
import { coerce } from './coerce.js';
import { elementValue } from './operators/array-sql.js';
import { callFunction } from './operate.js';
import { repeated } from './repeated.js';
import { BOOL, INT4 } from './same-type.js';
import type { TableFunction } from './typed.js';

/** `unnest` and what is made with it. */
export const arrayTableFunctions: Readonly<Record<string, TableFunction>> = {
  unnest,
  string_to_table: stringToTable,
  generate_subscripts: subscripts,
};

function unnest(...[arrays]: Parameters<TableFunction>): ReturnType<TableFunction> {
  if (arrays.some(({ type }) => type.key === 'unknown')) throw new PgError('42725', 'function unnest(unknown) is not unique');
  const lists = arrays.flatMap(({ sql, type }) => (type.element ? [{ sql: repeated([sql], flattened), element: type.element }] : []));
  const [list] = lists;
  if (!list || lists.length < arrays.length) return undefined;
  if (lists.length > 1) return unnestTogether(lists);
  const { sql, element } = list;
  return {
    sql: `json_each(${sql})`,
    columns: [{ type: element, sql: (alias) => elementValue(`${alias}.atom`, element) }],
    ordinality: (alias) => `(${alias}.key + 1)`,
  };
}

/** Side by side, as many rows as the longest has: the shorter ones are filled up with NULL. */
function unnestTogether(lists: readonly { readonly sql: string; readonly element: PgType }[]): ReturnType<TableFunction> {
  const length = `max(${lists.map(({ sql }) => `ifnull(json_array_length(${sql}), 0)`).join(', ')})`;
  return {
    sql: `json_each(${zeros(length)})`,
    columns: lists.map(({ sql, element }) => ({
      name: 'unnest',
      type: element,
      sql: (alias) => elementValue(`(${sql} ->> ${alias}.key)`, element),
    })),
    ordinality: (alias) => `(${alias}.key + 1)`,
  };
}

/** The elements of all dimensions in one; their JSON stays as it is, as SQLite would write numbers with fewer digits. */
function flattened(array = ''): string {
  const elements = `SELECT '[' || group_concat(${array} -> fullkey, ',') || ']' FROM json_tree(${array}) WHERE type <> 'array'`;
  return `iif(${array} GLOB '[[][[]*', (${elements}), ${array})`;
}

/** `generate_subscripts(array, dimension, reverse)`: the numbers of what is in the dimension. */
function subscripts(...[[array, dimension, reverse, ...others], context]: Parameters<TableFunction>): ReturnType<TableFunction> {
  if (!array?.type.element || !dimension || others.length > 0) return undefined;
  const call = { kind: 'call', path: ['array_length'], args: [], star: false, distinct: false, orderBy: [] } as const;
  const length = `coalesce(${callFunction(call, [array, dimension], context, { sources: [] }).sql}, 0)`;
  const back = reverse ? coerce(reverse, BOOL, context).sql : '0';
  return {
    sql: `json_each(${zeros(reverse ? `iif(${back} IS NULL, 0, ${length})` : length)})`,
    columns: [
      { type: INT4, sql: (alias) => (reverse ? `iif(${back}, ${length} - ${alias}.key, ${alias}.key + 1)` : `(${alias}.key + 1)`) },
    ],
    ordinality: (alias) => `(${alias}.key + 1)`,
  };
}

/** SQL: a JSON array of so many zeros: SQLite has no table of numbers. */
function zeros(count: string): string {
  return `'[' || rtrim(replace(hex(zeroblob(${count})), '00', '0,'), ',') || ']'`;
}

function stringToTable(...[args, context]: Parameters<TableFunction>): ReturnType<TableFunction> {
  const call = { kind: 'call', path: ['string_to_array'], args: [], star: false, distinct: false, orderBy: [] } as const;
  return unnest([callFunction(call, args, context, { sources: [] })], context);
}
