import { refusedSql } from '../functions/refusal.js';
import { plainNumber, strict } from './json-sql.js';

/** How deep values may lie within each other: each level is a subquery. What is deeper is refused while it runs. */
const DEPTH = 8;

const TOO_DEEP = refusedSql(`jsonb @> with values that lie more than ${DEPTH} levels deep`, 'Ask for a part of the document.');

/** SQL: whether jsonb `outer` contains jsonb `inner`, as PostgreSQL's `@>` says. */
export function containsJson(outer: string, inner: string): string {
  const isObject = (json: string): string => `(json_type(${json}) = 'object')`;
  // Of scalars an array contains those that it has; no scalar contains an array.
  const isPossible = `${isObject(outer)} = ${isObject(inner)} AND (json_type(${inner}) <> 'array' OR json_type(${outer}) = 'array')`;
  return strict([outer, inner], `${isPossible} AND ${hasAll(outer, inner, DEPTH)}`);
}

/** Each member of `inner` has its match in `outer`: that of the same key in objects, any in arrays. */
function hasAll(outer: string, inner: string, depth: number): string {
  const [o, i] = [`\`o${depth}\``, `\`i${depth}\``];
  const hasMatch = `EXISTS (SELECT 1 FROM json_each(${outer}) AS ${o} WHERE (json_type(${inner}) <> 'object' OR ${o}.key = ${i}.key) AND ${matches(outer, inner, o, i, depth)})`;
  return `NOT EXISTS (SELECT 1 FROM json_each(${inner}) AS ${i} WHERE NOT ${hasMatch})`;
}

function matches(outer: string, inner: string, o: string, i: string, depth: number): string {
  const nested = depth === 1 ? TOO_DEEP : hasAll(`${o}.value`, `${i}.value`, depth - 1);
  return (
    `CASE WHEN ${i}.type IN ('object', 'array') THEN ${o}.type = ${i}.type AND ${nested}` +
    ` WHEN ${i}.type IN ('integer', 'real') THEN ${o}.type IN ('integer', 'real') AND ${sameNumber(`${outer} -> ${o}.fullkey`, `${inner} -> ${i}.fullkey`)}` +
    ` ELSE ${o}.type = ${i}.type AND ${o}.atom IS ${i}.atom END`
  );
}

function sameNumber(one: string, other: string): string {
  return `${plainNumber(`(${one})`)} = ${plainNumber(`(${other})`)}`;
}

/** SQL: whether two jsonb values are equal: 1 and 1.0 are. Never NULL for given values. */
export function sameJson(one: string, other: string): string {
  const flat = (json: string): string =>
    `(SELECT json_group_array(json_array(t.fullkey, iif(t.type = 'real', 'integer', t.type), iif(t.type IN ('integer', 'real'), ${plainNumber(`(${json} -> t.fullkey)`)} || '', t.atom)) ORDER BY t.id) FROM json_tree(${json}) AS t)`;
  return `iif(instr(${one}, '.') = 0 AND instr(${other}, '.') = 0, ${one} = ${other}, ${flat(one)} = ${flat(other)})`;
}
