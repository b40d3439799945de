import { PgError } from '../../pg-error.js';
import { compareKeys } from '../../types/composite/json-text.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { keyOrder, spaced } from '../operators/json-sql.js';
import { raiseSql } from '../raise.js';
import { BOOL } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { type JsonTarget, keyText, memberValue, nullOfNoRow, objectText, pieces, rowMembers, wholeValue } from './json-values.js';

const JSON_TYPE: PgType = { key: 'json' };
const JSONB: PgType = { key: 'jsonb' };

function toJson(key: JsonTarget['key']): FunctionRule {
  return ([value, ...others], context, _, scope) => {
    if (!value || others.length > 0) return undefined;
    refuseUnknown(value);
    return { sql: wholeValue(value, { key, context, scope }), type: { key } };
  };
}

/** @throws PgError 42804 for a literal without a type */
export function refuseUnknown({ type }: Typed): void {
  if (type.key !== 'unknown') return;
  throw new PgError('42804', 'could not determine polymorphic type because input has type unknown');
}

/** `true` as the second argument puts each member into a line of its own. */
const rowToJson: FunctionRule = ([row, pretty, ...others], context, _, scope) => {
  if (!row?.elements || others.length > 0) return undefined;
  const target: JsonTarget = { key: 'json', context, scope };
  const members = rowMembers(row, row.elements, target);
  const written = (separator: string): string => nullOfNoRow(row, objectText(members, separator), scope);
  if (!pretty) return { sql: written(','), type: JSON_TYPE };
  return { sql: `iif(${coerce(pretty, BOOL, context).sql}, ${written(',\n ')}, ${written(',')})`, type: JSON_TYPE };
};

function buildArray(key: JsonTarget['key']): FunctionRule {
  return (args, context, _, scope) => {
    const items = args.map((item) => memberValue(item, { key, context, scope }));
    const text = pieces(["'['", ...items.flatMap((item, index) => (index === 0 ? [item] : ["', '", item])), "']'"]);
    return { sql: key === 'jsonb' ? spaced(text) : text, type: { key } };
  };
}

function buildObject(key: JsonTarget['key']): FunctionRule {
  return (args, context, _, scope) => {
    if (args.length % 2 === 1)
      throw new PgError('22023', 'argument list must have even number of elements', {
        hint: `The arguments of ${key}_build_object() must consist of alternating keys and values.`,
      });
    const keys = args.filter((_argument, index) => index % 2 === 0);
    const values = args.flatMap((argument, index) => (index % 2 === 1 ? [memberValue(argument, { key, context, scope })] : []));
    if (key === 'json') return jsonObject(keys, values, context);
    return literalKeys(keys, values, context) ?? jsonbObject(keys, values, context);
  };
}

/** SQL of a key; NULL fails with this error. */
function givenKey(key: Typed, context: Translation, code: string, message: string): string {
  return `ifnull(${keyText(key, context)}, ${raiseSql(code, message)})`;
}

function jsonObject(keys: readonly Typed[], values: readonly string[], context: Translation): Typed {
  const members = keys.flatMap((key, index) => {
    const name = `json_quote(${givenKey(key, context, '22004', 'null value not allowed for object key')} || '')`;
    return [...(index === 0 ? [] : ["', '"]), name, "' : '", values[index] ?? ''];
  });
  return { sql: pieces(["'{'", ...members, "'}'"]), type: JSON_TYPE };
}

/** Most programs write the keys as literals, whose order is known; of one key the last is kept. */
function literalKeys(keys: readonly Typed[], values: readonly string[], context: Translation): Typed | undefined {
  const names = keys.map(({ pending, type }) =>
    typeof pending === 'object' && pending.kind === 'literal' && type.key === 'unknown' ? context.valueOf(pending) : undefined,
  );
  if (names.includes(undefined)) return undefined;
  const members = new Map(names.map((name, index) => [name ?? '', values[index] ?? '']));
  const sorted = [...members].sort(([one], [other]) => compareKeys(one, other));
  return { sql: spaced(objectText(sorted, ',')), type: JSONB };
}

function jsonbObject(keys: readonly Typed[], values: readonly string[], context: Translation): Typed {
  const rows = keys.map(
    (key, index) =>
      `SELECT ${givenKey(key, context, '22023', `argument ${index * 2 + 1}: key must not be null`)} AS k, ${values[index] ?? ''} AS v, ${index} AS n`,
  );
  const last = `SELECT k, v, max(n) FROM (${rows.join(' UNION ALL ')}) GROUP BY k`;
  return { sql: spaced(`(SELECT json_group_object(k, json(v) ORDER BY ${keyOrder('k')}) FROM (${last}))`), type: JSONB };
}

export const rules: Rules = {
  functions: {
    to_json: [toJson('json')],
    to_jsonb: [toJson('jsonb')],
    row_to_json: [rowToJson],
    json_build_array: [buildArray('json')],
    jsonb_build_array: [buildArray('jsonb')],
    json_build_object: [buildObject('json')],
    jsonb_build_object: [buildObject('jsonb')],
  },
};
