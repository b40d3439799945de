import { codecFor } from '../../types/codecs.js';
import { elementFromJson, parseStored } from '../../types/composite/stored-json.js';
import type { Codec, Stored } from '../../types/codec.js';
import { formatType } from '../../types/format-type.js';
import { outputSql } from '../casts/to-text.js';
import { elementsOf, elementValue } from '../operators/array-sql.js';
import { TEXT_ARRAY } from '../operators/arrays.js';
import { strict } from '../operators/json-sql.js';
import { repeated } from '../repeated.js';
import { TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { isGiven } from './array-argument.js';
import { taken } from './signature.js';

const toText: FunctionRule = ([array, separator, ofNull, ...others], context) => {
  if (!isGiven(array) || !separator || others.length > 0) return undefined;
  const [glue, nothing = 'NULL'] = textsOf(ofNull ? [separator, ofNull] : [separator], context);
  const { element } = array.type;
  if (glue === undefined || !element) return undefined;
  const text = outputSql(elementValue('`e`.atom', element), element);
  if (text === undefined) return joinedByCodec(array, codecFor(element), glue, nothing);
  const sql = repeated([array.sql, glue, nothing], (a = '', g = '', n = '') => {
    const { from, where } = elementsOf(a, '`e`');
    const given = `iif(\`e\`.type = 'null', ${n}, ${text})`;
    return strict([a, g], `(SELECT coalesce(group_concat(${given}, ${g} ORDER BY \`e\`.id), '') FROM ${from} WHERE ${where})`);
  });
  return { sql, type: TEXT };
};

function textsOf(args: readonly Typed[], context: Translation): readonly string[] {
  return (
    taken(
      args,
      args.map(() => 'text' as const),
      context,
    ) ?? []
  );
}

/** The text that only the codec can write is good for a column of the result. */
function joinedByCodec(array: Typed, codec: Codec, glue: string, nothing: string): Typed {
  return {
    // A text joined with nothing is no JSON to json_array.
    sql: repeated([array.sql, glue], (a = '', g = '') => strict([a, g], `json_array(${a} || '', ${g} || '', ${nothing} || '')`)),
    type: TEXT,
    decode: (stored) => (stored === null ? null : joinedTexts(String(stored), codec)),
    onlyAsResult: `array_to_string() of ${formatType(array.type)} in a further expression`,
  };
}

function joinedTexts(stored: string, codec: Codec): string {
  const [array, glue, nothing] = JSON.parse(stored) as [string, string, string | null];
  const items = (parseStored(array) as readonly unknown[]).flat(Infinity) as readonly Stored[];
  const texts = items.map((item) => (item === null ? nothing : codec.output(elementFromJson(codec, item))));
  return texts.filter((text) => text !== null).join(glue);
}

/** Cuts at each separator; without one (NULL) into characters. */
const fromText: FunctionRule = (args, context) => {
  const [text, separator, ofNull, ...others] = args;
  if (!text || !separator || others.length > 0) return undefined;
  const [t, s, nothing = 'NULL'] = textsOf(ofNull ? [text, separator, ofNull] : [text, separator], context);
  if (t === undefined || s === undefined) return undefined;
  const sql = repeated([t, s, nothing], cutSql);
  return { sql, type: TEXT_ARRAY };
};

function cutSql(t = '', s = '', nothing = ''): string {
  const size = `iif(${s} IS NULL, 1, CASE WHEN ${s} = '' OR instr(rest, ${s}) = 0 THEN length(rest) ELSE instr(rest, ${s}) - 1 END)`;
  const isLast = `iif(${s} IS NULL, length(rest) <= 1, ${s} = '' OR instr(rest, ${s}) = 0)`;
  const skipped = `iif(${s} IS NULL, 1, ${size} + length(${s}))`;
  const walk =
    `WITH RECURSIVE \`cut\`(n, part, rest) AS (SELECT 0, NULL, ${t} UNION ALL` +
    ` SELECT n + 1, substr(rest, 1, ${size}), iif(${isLast}, NULL, substr(rest, ${skipped} + 1)) FROM \`cut\` WHERE rest IS NOT NULL AND ${t} <> '')`;
  return strict([t], `(${walk} SELECT json_group_array(nullif(part, ${nothing}) ORDER BY n) FROM \`cut\` WHERE n > 0)`);
}

export const ofText: NonNullable<Rules['functions']> = { array_to_string: [toText], string_to_array: [fromText] };
