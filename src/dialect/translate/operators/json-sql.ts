import type { PgType } from '../../types/pg-type.js';
import { quoteText } from '../quote.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseSql } from '../raise.js';

const SPACED = ['replace(replace(json_pretty(', ", ''), ',' || char(10), ', '), char(10), '')"] as const;

/**
 * SQL: JSON as PostgreSQL prints jsonb: one blank behind each colon and comma. SQLite's own functions write none; json_pretty
 * writes line ends, which no string of JSON can hold, and blanks behind colons.
 */
export function spaced(json: string): string {
  return `${SPACED[0]}${json}${SPACED[1]}`;
}

/** SQL: the argument of `spaced`, where only SQLite reads it further. */
export function unspaced(sql: string): string {
  const inner = sql.slice(SPACED[0].length, -SPACED[1].length);
  return sql === spaced(inner) && !inner.includes(SPACED[1]) ? inner : sql;
}

/** How a type's objects and arrays are written: json keeps its text, which has no blanks where JSON.stringify has written it. */
export function printed(json: string, { key }: PgType): string {
  return key === 'jsonb' ? spaced(json) : json;
}

const TWICE = refusedSql('A value of json (not jsonb) that has a key twice', 'Keep it as jsonb.');
const WITH_BLANKS = refusedSql('An object or array out of json (not jsonb) that is written with blanks', 'Keep it as jsonb.');

/** SQL: the value itself. SQLite finds the first of two members with one key, PostgreSQL the last: only json can have both. */
export function unambiguous(json: string, { key }: PgType): string {
  if (key === 'jsonb') return json;
  const twice = `SELECT 1 FROM json_tree(${json}) AS t WHERE typeof(t.key) = 'text' GROUP BY t.parent, t.key HAVING count(*) > 1`;
  return `iif(EXISTS (${twice}), ${TWICE}, ${json})`;
}

/**
 * SQL: an object or array within `json`. PostgreSQL cuts it out as it is written, SQLite leaves the blanks out: so what it gives must be in the text as often as
 * in the one without blanks.
 */
export function cutOut(json: string, container: string, type: PgType): string {
  if (type.key === 'jsonb') return spaced(container);
  const share = (text: string): string => `length(${text}) - length(replace(${text}, ${container}, ''))`;
  return `iif(json(${json}) <> ${json} AND ${share(json)} <> ${share(`json(${json})`)}, ${WITH_BLANKS}, ${container})`;
}

/** SQL: the value at a path (`->`). */
export function valueAt(json: string, path: string, type: PgType): string {
  const raw = `(${json} -> ${path})`;
  if (type.key === 'jsonb') return spaced(raw);
  return `iif(json_type(${json}, ${path}) IN ('object', 'array'), ${cutOut(json, raw, type)}, ${raw})`;
}

/** SQL: the value at a path as text (`->>`). The arguments are repeated: names or short calls. */
export function textAt(json: string, path: string, type: PgType): string {
  const raw = `(${json} -> ${path})`;
  const container = cutOut(json, raw, type);
  return `CASE json_type(${json}, ${path}) WHEN 'text' THEN json_extract(${json}, ${path}) WHEN 'null' THEN NULL WHEN 'object' THEN ${container} WHEN 'array' THEN ${container} ELSE ${raw} END`;
}

/** SQL: the same of a whole value. */
export function textOfJson(json: string, type: PgType): string {
  return textAt(json, "'$'", type);
}

/** SQLite's path step of a key. */
export function keyStep(key: string): string {
  return `.${JSON.stringify(key)}`;
}

/** SQLite's path step of an array index; negative ones count from the end. */
export function indexStep(index: number): string {
  return index < 0 ? `[#${index}]` : `[${index}]`;
}

/** SQL: a path of one key, of one index. */
export function keyPathSql(key: string): string {
  return `('$.' || json_quote(${key} || ''))`;
}
export function indexPathSql(index: string): string {
  return `('$[' || iif(${index} < 0, '#', '') || ${index} || ']')`;
}

/**
 * SQL: SQLite's path to what PostgreSQL's text[] path names. A number is an index in arrays and a key in objects, which only the value
 * can tell. What changes a value refuses other keys in arrays.
 */
export function pathSql(json: string, elements: readonly string[], changes = false): string {
  return restOfPath(json, elements, 0, '$', changes);
}

function restOfPath(json: string, elements: readonly string[], position: number, prefix: string, changes: boolean): string {
  const element = elements[position];
  if (element === undefined) return quoteText(prefix);
  const rest = (step: string): string => restOfPath(json, elements, position + 1, prefix + step, changes);
  const asKey = rest(keyStep(element));
  if (!isIndex(element) && !changes) return asKey;
  const notInteger = raiseSql('22P02', `path element at position ${position + 1} is not an integer: "${element}"`);
  const inArray = isIndex(element) ? rest(indexStep(Number(element))) : notInteger;
  return `CASE json_type(${json}, ${quoteText(prefix)}) WHEN 'array' THEN ${inArray} ELSE ${asKey} END`;
}

export function isIndex(element: string): boolean {
  return /^\s*[-+]?\d{1,10}$/.test(element) && Number(element) >= -(2 ** 31) && Number(element) < 2 ** 31;
}

/**
 * SQL: what a path names that is an array's JSON text, step by step. NULL where a step finds nothing, the text of JSON otherwise.
 */
export function walked(json: string, path: string): string {
  const key = `json_extract(${path}, '$[' || n || ']')`;
  const step =
    `CASE json_type(j) WHEN 'object' THEN j -> ${keyPathSql(key)}` +
    ` WHEN 'array' THEN iif(${key} GLOB '[0-9]*' OR ${key} GLOB '[-+][0-9]*', iif(ltrim(ltrim(${key}, '+-'), '0123456789') = '', j -> ${indexPathSql(`CAST(${key} AS INTEGER)`)}, NULL), NULL) END`;
  return (
    `(WITH RECURSIVE \`walk\`(n, j) AS (SELECT 0, ${json} WHERE ${path} IS NOT NULL UNION ALL` +
    ` SELECT n + 1, ${step} FROM \`walk\` WHERE n < json_array_length(${path}) AND j IS NOT NULL) SELECT j FROM \`walk\` WHERE n = json_array_length(${path}))`
  );
}

/** SQL: NULL where one of the operands is, as with PostgreSQL's strict functions. */
export function strict(operands: readonly string[], condition: string): string {
  const given = operands.map((operand) => `${operand} IS NOT NULL`).join(' AND ');
  return `(CASE WHEN ${given} THEN ${condition} END)`;
}

/** SQL: a number's text as jsonb has it, without the zeros that make no difference: 1.50 is 1.5. */
export function plainNumber(text: string): string {
  return `iif(instr(${text}, '.'), rtrim(rtrim(${text}, '0'), '.'), ${text})`;
}

/** SQL: jsonb's order of keys. */
export function keyOrder(key: string): string {
  return `length(CAST(${key} AS BLOB)), ${key}`;
}
