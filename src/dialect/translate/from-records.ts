import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { FunctionSource } from '../sql/ast.js';
import type { PgType } from '../types/pg-type.js';
import { resolveTypeName } from '../types/type-names.js';
import { coerce } from './coerce.js';
import { refusedSql } from './functions/refusal.js';
import { elementJson } from './operators/array-sql.js';
import { keyStep, textAt, unambiguous, unspaced, valueAt } from './operators/json-sql.js';
import { quoteText } from './quote.js';
import { raiseSql } from './raise.js';
import { repeated } from './repeated.js';
import { isText, TEXT } from './same-type.js';
import type { TableFunction, Translation, Typed } from './typed.js';

type Rows = NonNullable<ReturnType<TableFunction>>;
type Kind = 'json' | 'jsonb';

const FUNCTION = /^(jsonb?)_to_record(set)?$/;

/**
 * `jsonb_to_recordset(…) AS x(a int, b text)` and its family: a row for each object, whose members are read as the columns' types. `undefined` for other functions.
 * @throws PgError 42601 without the columns
 */
export function recordRows(node: FunctionSource, args: readonly Typed[], context: Translation): Rows | undefined {
  const name = node.call.path.at(-1) ?? '';
  const [, key, isSet] = FUNCTION.exec(name) ?? [];
  const [argument, ...others] = args;
  if ((key !== 'json' && key !== 'jsonb') || !argument || others.length > 0) return undefined;
  if (argument.type.key !== key && argument.type.key !== 'unknown') return undefined;
  const types = (node.columnTypes ?? []).map((type) => resolveTypeName(type, context.catalog));
  if (types.length === 0) {
    throw new PgError('42601', 'a column definition list is required for functions returning "record"');
  }
  const json = unspaced(coerce(argument, { key }, context).sql);
  const list = repeated([json], (j = '') => (isSet === undefined ? oneObject(j, key) : objects(j, name, key)));
  return { sql: `json_each(${list})`, columns: types.map((type, index) => column(node.columnAliases[index] ?? '', type, key, context)) };
}

/** SQL: the array whose elements become rows. */
function objects(json: string, name: string, key: Kind): string {
  const wrong = (text: string): string => raiseSql('22023', text);
  const [ofObject, ofScalar] = key === 'jsonb' ? ['a non-array', 'a non-array'] : ['an object', 'a scalar'];
  const others = `EXISTS (SELECT 1 FROM json_each(${json}) AS o WHERE o.type <> 'object')`;
  return (
    `CASE json_type(${json}) WHEN 'array' THEN iif(${others}, ${wrong(`argument of ${name} must be an array of objects`)}, ${unambiguous(json, { key })})` +
    ` WHEN 'object' THEN ${wrong(`cannot call ${name} on ${ofObject}`)} ELSE iif(${json} IS NULL, NULL, ${wrong(`cannot call ${name} on ${ofScalar}`)}) END`
  );
}

/** SQL: the object as an array of one; of NULL a row of NULLs. */
function oneObject(json: string, key: Kind): string {
  const wrong = (what: string): string => raiseSql('22023', `cannot call populate_composite on ${what}`);
  return `CASE json_type(${json}) WHEN 'object' THEN '[' || ${unambiguous(json, { key })} || ']' WHEN 'array' THEN ${wrong('an array')} ELSE iif(${json} IS NULL, '[{}]', ${wrong('a scalar')}) END`;
}

function column(name: string, type: PgType, key: Kind, context: Translation): Rows['columns'][number] {
  return { name, type, sql: (alias) => valueAs(`${alias}.json`, `(${alias}.fullkey || ${quoteText(keyStep(name))})`, type, key, context) };
}

/** SQL: a member as the column's type: as its input function reads the member's text; JSON's null is NULL. */
function valueAs(json: string, path: string, type: PgType, key: Kind, context: Translation): string {
  if (type.key === 'json' || type.key === 'jsonb')
    return `iif(json_type(${json}, ${path}) = 'null', NULL, ${documentAt(json, path, type, key)})`;
  if (type.element) return arrayAt(json, path, type.element, key, context);
  return ofText(`(${textAt(json, path, { key })})`, type, context);
}

function documentAt(json: string, path: string, type: PgType, key: Kind): string {
  if (type.key === 'jsonb' && key === 'json')
    throw new UnsupportedOnFallbackError('json_to_recordset with a column of jsonb', 'Use jsonb_to_recordset.');
  return valueAt(json, path, { key });
}

/** As an assignment a text that is too long is refused, as an input function does. */
function ofText(sql: string, type: PgType, context: Translation): string {
  const text: Typed = { sql, type: TEXT };
  return coerce(text, type, context, isText(type) ? 'assignment' : 'explicit').sql;
}

function arrayAt(json: string, path: string, element: PgType, key: Kind, context: Translation): string {
  const item = elementJson(valueAs(json, 'e.fullkey', element, key, context), element);
  const refusal = refusedSql('A member that is not an array of one dimension as a column of an array', 'Read it as jsonb.');
  const items = `SELECT json_group_array(json(iif(e.type = 'array', ${refusal}, ${item})) ORDER BY e.key) FROM json_each(${json}, ${path}) AS e`;
  return `(CASE json_type(${json}, ${path}) WHEN 'array' THEN (${items}) WHEN 'null' THEN NULL ELSE iif(json_type(${json}, ${path}) IS NULL, NULL, ${refusal}) END)`;
}
