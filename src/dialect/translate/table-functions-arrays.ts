import { PgError } from '../pg-error.js';
import type { PgType } from '../types/pg-type.js';
import { elementValue } from './operators/array-sql.js';
import { callFunction } from './operate.js';
import { repeated } from './repeated.js';
import type { TableFunction } from './typed.js';

/** `unnest` and what is made with it. */
export const arrayTableFunctions: Readonly<Record<string, TableFunction>> = { unnest, string_to_table: stringToTable };

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
    sql: `json_each('[' || rtrim(replace(hex(zeroblob(${length})), '00', '0,'), ',') || ']')`,
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

function stringToTable(...[args, context]: Parameters<TableFunction>): ReturnType<TableFunction> {
  const call = { kind: 'call', path: ['string_to_array'], args: [], star: false, distinct: false, orderBy: [] } as const;
  return unnest([callFunction(call, args, context, { sources: [] })], context);
}
