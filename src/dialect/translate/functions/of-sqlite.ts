import type { PgType } from '../../types/pg-type.js';
import { settled } from '../coerce.js';
import { INT4, TEXT } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';

const FLOAT8: PgType = { key: 'float8' };

/** Functions that only SQLite has: a program that names them means SQLite's. PostgreSQL's own of the same name are asked before. */
const RESULTS: Readonly<Record<string, PgType>> = {
  ...Object.fromEntries(
    ['strftime', 'datetime', 'date', 'time', 'json_extract', 'printf', 'group_concat', 'hex', 'typeof', 'quote', 'sqlite_version'].map(
      (name) => [name, TEXT],
    ),
  ),
  ...Object.fromEntries(
    ['instr', 'unicode', 'unixepoch', 'json_valid', 'changes', 'total_changes', 'last_insert_rowid'].map((name) => [name, INT4]),
  ),
  julianday: FLOAT8,
  total: FLOAT8,
};

function passed(name: string, type: PgType): FunctionRule {
  return (args, context, call) => {
    const values = call.star ? ['*'] : args.map((argument) => settled(argument, context).sql);
    const sql = `${name}(${call.distinct ? 'DISTINCT ' : ''}${values.join(', ')})`;
    return { sql: type === TEXT ? `CAST(${sql} AS TEXT)` : sql, type };
  };
}

const ifnull: FunctionRule = (args, context, call, scope) =>
  args.length === 2 ? context.expression({ ...call, path: ['coalesce'] }, scope) : undefined; // prettier-ignore

export const rules: Rules = {
  functions: {
    ...Object.fromEntries(Object.entries(RESULTS).map(([name, type]) => [name, [passed(name, type)]])),
    ifnull: [ifnull],
  },
};
