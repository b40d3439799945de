import { quoteText } from '../quote.js';
import { raiseSql } from '../raise.js';
import { isIndex, keyOrder, pathSql, spaced, strict } from './json-sql.js';

/** SQL: `||` of jsonb: objects are merged, everything else is put into one array. */
export function concatenated(left: string, right: string): string {
  const array = (json: string): string => `iif(json_type(${json}) = 'array', ${json}, '[' || ${json} || ']')`;
  const arrays =
    `CASE WHEN ${left} = '[]' THEN ${array(right)} WHEN ${right} = '[]' THEN ${array(left)}` +
    ` ELSE substr(${array(left)}, 1, length(${array(left)}) - 1) || ', ' || substr(${array(right)}, 2) END`;
  return strict([left, right], `iif(json_type(${left}) = 'object' AND json_type(${right}) = 'object', ${merged(left, right)}, ${arrays})`);
}

/** SQL: an object with the members of both, in jsonb's order; of one key the right one's. */
export function merged(left: string, right: string): string {
  const members =
    `SELECT key AS \`k\`, ${right} -> fullkey AS \`v\` FROM json_each(${right}) UNION ALL` +
    ` SELECT key, ${left} -> fullkey FROM json_each(${left}) WHERE key NOT IN (SELECT key FROM json_each(${right}))`;
  return spaced(`(SELECT json_group_object(\`k\`, json(\`v\`) ORDER BY ${keyOrder('`k`')}) FROM (${members}))`);
}

/** SQL: `-`: a key of an object, a string of an array, or the element at an index. */
export function withoutKey(json: string, key: string, isIndexed: boolean): string {
  const kept = isIndexed ? `key <> iif(${key} < 0, ${key} + json_array_length(${json}), ${key})` : `NOT (type = 'text' AND atom = ${key})`;
  const ofObject = isIndexed ? raiseSql('22023', 'cannot delete from object using integer index') : membersWhere(json, `key <> ${key}`);
  return strict([json, key], ofKind(json, ofObject, elementsWhere(json, kept)));
}

/** SQL: `-` of several keys. */
export function withoutKeys(json: string, keys: string): string {
  const isListed = (value: string): string => `${value} IN (SELECT k.atom FROM json_tree(${keys}) AS k WHERE k.type = 'text')`;
  return strict(
    [json, keys],
    ofKind(json, membersWhere(json, `NOT ${isListed('key')}`), elementsWhere(json, `NOT (type = 'text' AND ${isListed('atom')})`)),
  );
}

function ofKind(json: string, ofObject: string, ofArray: string): string {
  return `CASE json_type(${json}) WHEN 'object' THEN ${ofObject} WHEN 'array' THEN ${ofArray} ELSE ${raiseSql('22023', 'cannot delete from scalar')} END`;
}

function membersWhere(json: string, condition: string): string {
  return spaced(`(SELECT json_group_object(key, json(${json} -> fullkey) ORDER BY id) FROM json_each(${json}) WHERE ${condition})`);
}

function elementsWhere(json: string, condition: string): string {
  return spaced(`(SELECT json_group_array(json(${json} -> fullkey) ORDER BY key) FROM json_each(${json}) WHERE ${condition})`);
}

/** SQL: `#-`. */
export function withoutPath(json: string, elements: readonly (string | null)[]): string {
  if (elements.includes(null)) return 'NULL';
  const removed = elements.length === 0 ? json : spaced(`json_remove(${json}, ${pathSql(json, elements as readonly string[], true)})`);
  return strict(
    [json],
    `CASE WHEN json_type(${json}) NOT IN ('object', 'array') THEN ${raiseSql('22023', 'cannot delete path in scalar')} WHEN ${json} IN ('[]', '{}') THEN ${json} ELSE ${removed} END`,
  );
}

/** SQL: jsonb_set with a path that is known. `value` is JSON, `creates` a condition. */
export function withValueAt(json: string, elements: readonly string[], value: string, creates: string): string {
  const last = elements.at(-1);
  const ofScalar = `WHEN json_type(${json}) NOT IN ('object', 'array') THEN ${raiseSql('22023', 'cannot set path in scalar')}`;
  if (last === undefined) return strict([json, value], `CASE ${ofScalar} ELSE ${json} END`);
  const path = pathSql(json, elements, true);
  const parent = pathSql(json, elements.slice(0, -1), true);
  const replaced = spaced(`json_replace(${json}, ${path}, json(${value}))`);
  const cases = [
    ofScalar,
    `WHEN ${json} IN ('[]', '{}') AND NOT ${creates} THEN ${json}`,
    `WHEN json_type(${json}, ${path}) IS NOT NULL THEN ${replaced}`,
    `WHEN NOT ${creates} THEN ${json}`,
    `WHEN json_type(${json}, ${parent}) = 'object' THEN ${withMember(json, parent, last, value)}`,
    `WHEN json_type(${json}, ${parent}) = 'array' THEN ${withElement(json, parent, last, value, elements.length)}`,
    `ELSE ${json}`,
  ];
  return strict([json, value], `CASE ${cases.join(' ')} END`);
}

function withMember(json: string, parent: string, key: string, value: string): string {
  const member = `json_object(${quoteText(key)}, json(${value}))`;
  return spaced(`json_set(${json}, ${parent}, json(${merged(`(${json} -> ${parent})`, member)}))`);
}

/** Beyond the end it is appended, before the start it becomes the first. */
function withElement(json: string, parent: string, index: string, value: string, position: number): string {
  if (!isIndex(index)) return raiseSql('22P02', `path element at position ${position} is not an integer: "${index}"`);
  const old = `(${json} -> ${parent})`;
  if (Number(index) >= 0) return spaced(`json_set(${json}, ${parent} || '[#]', json(${value}))`);
  const grown = `iif(${old} = '[]', '[' || ${value} || ']', '[' || ${value} || ',' || substr(${old}, 2))`;
  return spaced(`json_set(${json}, ${parent}, json(${grown}))`);
}

/** SQL: jsonb_insert with a path that is known: before the element it names, behind it where `after` holds. */
export function withInsertedAt(json: string, elements: readonly string[], value: string, after: string): string {
  const last = elements.at(-1);
  const ofScalar = `WHEN json_type(${json}) NOT IN ('object', 'array') THEN ${raiseSql('22023', 'cannot set path in scalar')}`;
  if (last === undefined) return strict([json, value], `CASE ${ofScalar} ELSE ${json} END`);
  const path = pathSql(json, elements, true);
  const parent = pathSql(json, elements.slice(0, -1), true);
  const inserted = spaced(`json_set(${json}, ${parent}, json(${between(`(${json} -> ${parent})`, last, value, after, elements.length)}))`);
  const cases = [
    ofScalar,
    `WHEN json_type(${json}, ${parent}) = 'array' THEN ${inserted}`,
    `WHEN json_type(${json}, ${path}) IS NOT NULL THEN ${raiseSql('22023', 'cannot replace existing key')}`,
    `WHEN json_type(${json}, ${parent}) = 'object' THEN ${withMember(json, parent, last, value)}`,
    `ELSE ${json}`,
  ];
  return strict([json, value], `CASE ${cases.join(' ')} END`);
}

/** SQL: an array with one element more; places beyond its ends mean these. */
function between(array: string, index: string, value: string, after: string, position: number): string {
  if (!isIndex(index)) return raiseSql('22P02', `path element at position ${position} is not an integer: "${index}"`);
  const place = Number(index) < 0 ? `(json_array_length(${array}) + ${Number(index)})` : String(Number(index));
  const order = `iif(${place} < 0, -1, 2 * ${place} + iif(${after}, 1, -1))`;
  const all = `SELECT 2 * key AS o, ${array} -> fullkey AS v FROM json_each(${array}) UNION ALL SELECT ${order}, ${value}`;
  return `(SELECT json_group_array(json(v) ORDER BY o) FROM (${all}))`;
}
