import { refusedSql } from '../functions/refusal.js';
import { unambiguous } from './json-sql.js';

const REFUSED = refusedSql('json with escaped surrogates, \\u0000 or numbers with exponents as jsonb', 'Keep it as jsonb.');

/**
 * SQL: a text of json as jsonb has it, but for the blanks: keys in jsonb's order. `json` is repeated. The tree is walked from the root; each node's
 * place in the order is told by a text, made of its parent's and its own key.
 */
export function canonicalJsonb(json: string): string {
  const isRefused = `${json} GLOB '*\\u[dD][89a-fA-F]*' OR instr(${json}, '\\u0000') OR EXISTS (SELECT 1 FROM json_tree(${json}) AS t WHERE t.type IN ('integer', 'real') AND (${json} -> t.fullkey) GLOB '*[eE]*')`;
  return `(CASE WHEN ${json} IS NULL THEN NULL WHEN ${isRefused} THEN ${REFUSED} ELSE ${sorted(unambiguous(json, { key: 'json' }), json)} END)`;
}

function sorted(checked: string, json: string): string {
  const place = (node: string): string =>
    `iif(typeof(${node}.key) = 'text', printf('%010d', length(CAST(${node}.key AS BLOB))) || hex(${node}.key), printf('%010d', ${node}.key))`;
  const isFirst = `NOT EXISTS (SELECT 1 FROM json_tree(${json}) AS u WHERE u.parent = t.parent AND ${place('u')} < ${place('t')})`;
  const before = `iif(${isFirst}, '', ',') || iif(typeof(t.key) = 'text', json_quote(t.key) || ':', '')`;
  const root = `SELECT t.id, '', '', t.type, t.fullkey, t.atom FROM json_tree(${checked}) AS t WHERE t.parent IS NULL`;
  const children = `SELECT t.id, n.place || '/' || ${place('t')}, ${before}, t.type, t.fullkey, t.atom FROM nodes AS n JOIN json_tree(${json}) AS t ON t.parent = n.id`;
  const number = `iif(ltrim(${json} -> fullkey, '-0.') = '', ltrim(${json} -> fullkey, '-'), ${json} -> fullkey)`;
  const opened = `CASE type WHEN 'object' THEN '{' WHEN 'array' THEN '[' WHEN 'text' THEN json_quote(atom) WHEN 'null' THEN 'null' WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE ${number} END`;
  const tokens =
    `SELECT place, before || ${opened} AS token FROM nodes` +
    ` UNION ALL SELECT place || '~', iif(type = 'object', '}', ']') FROM nodes WHERE type IN ('object', 'array')`;
  return `(WITH RECURSIVE nodes(id, place, before, type, fullkey, atom) AS (${root} UNION ALL ${children}) SELECT group_concat(token, '' ORDER BY place) FROM (${tokens}))`;
}
