import { UnsupportedOnFallbackError } from '../../../errors.js';
import { coerce } from '../coerce.js';
import { tryOperator } from '../operate.js';
import type { PgType } from '../../types/pg-type.js';
import { quoteText } from '../quote.js';
import { repeated } from '../repeated.js';
import { BOOL, INT4, isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';

const TEXT_ARRAY: PgType = { key: 'array', element: TEXT };

/** A call whose pattern is text that stands for itself: then SQLite's own functions do what PostgreSQL's regular expressions do. */
interface PlainCall {
  readonly text: string;
  readonly pattern: string;
  readonly isGlobal: boolean;
}

/** The text and pattern of `name(text, pattern, …, flags)`. @throws UnsupportedOnFallbackError */
function plainCall(name: string, args: readonly Typed[], flags: Typed | undefined, context: Translation): PlainCall | undefined {
  const [text, pattern] = args;
  if (!text || !pattern || ![text, pattern].every(({ type }) => isText(type) || type.key === 'unknown')) return undefined;
  const written = literalOf(pattern, context);
  const flag = flags === undefined ? '' : literalOf(flags, context);
  const isPlain = written !== undefined && /^[^\\^$.|?*+()[\]{}]+$/.test(written) && text.type.key !== 'citext';
  if (!isPlain || (flag !== '' && flag !== 'g')) throw unsupported(name);
  return { text: coerce(text, TEXT, context).sql, pattern: quoteText(written), isGlobal: flag === 'g' };
}

function literalOf({ pending }: Typed, context: Translation): string | undefined {
  return typeof pending === 'object' && pending.kind === 'literal' ? context.valueOf(pending) : undefined;
}

function unsupported(name: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `${name}() with a pattern that is more than plain text`,
    'Write a pattern without special characters, use replace() or split_part(), or change the text in the program.',
  );
}

const replace: FunctionRule = (args, context) => {
  const [, , by, flags, ...more] = args;
  if (!by || more.length > 0 || (!isText(by.type) && by.type.key !== 'unknown')) return undefined;
  const call = plainCall('regexp_replace', args, flags, context);
  const replacement = literalOf(by, context);
  if (!call || replacement === undefined || replacement.includes('\\')) throw unsupported('regexp_replace');
  const { text, pattern, isGlobal } = call;
  const given = quoteText(replacement);
  if (isGlobal) return { sql: `replace(${text}, ${pattern}, ${given})`, type: TEXT };
  const sql = repeated([text], (x = '') => {
    const at = `instr(${x}, ${pattern})`;
    return `iif(${at}, substr(${x}, 1, ${at} - 1) || ${given} || substr(${x}, ${at} + length(${pattern})), ${x})`;
  });
  return { sql, type: TEXT };
};

/** A function of a text and a plain pattern, and flags. */
function ofPlain(name: string, type: PgType, build: (text: string, pattern: string) => string): FunctionRule {
  return (args, context) => {
    if (args.length > 3) throw unsupported(name);
    const call = plainCall(name, args, args[2], context);
    if (call?.isGlobal) throw unsupported(name);
    return call && { sql: repeated([call.text], (x = '') => build(x, call.pattern)), type };
  };
}

const splitToArray: FunctionRule = (args, context, call, scope) => {
  const plain = args.length === 2 ? plainCall('regexp_split_to_array', args, undefined, context) : undefined;
  if (!plain) throw unsupported('regexp_split_to_array');
  const [split] = context.rules.functions.get('string_to_array') ?? [];
  const found = split?.(
    [
      { sql: plain.text, type: TEXT },
      { sql: plain.pattern, type: TEXT },
    ],
    context,
    call,
    scope,
  );
  // Of an empty text there is one piece here.
  return found && { ...found, sql: `iif(${plain.text} = '', '[""]', ${found.sql})` };
};

const like: FunctionRule = ([text, pattern, ...flags], context) => {
  if (!text || !pattern) return undefined;
  if (flags.length > 0) throw unsupported('regexp_like');
  const matched = tryOperator('~', text, pattern, context);
  return matched && { sql: matched.sql, type: BOOL };
};

function refused(name: string): FunctionRule {
  return () => {
    throw new UnsupportedOnFallbackError(`The function ${name}`, 'Look for the parts in the program, or use string_to_array().');
  };
}

export const rules: NonNullable<Rules['functions']> = {
  regexp_replace: [replace],
  regexp_match: [ofPlain('regexp_match', TEXT_ARRAY, (x, pattern) => `iif(instr(${x}, ${pattern}), json_array(${pattern}), NULL)`)],
  regexp_substr: [ofPlain('regexp_substr', TEXT, (x, pattern) => `iif(instr(${x}, ${pattern}), ${pattern}, NULL)`)],
  regexp_instr: [ofPlain('regexp_instr', INT4, (x, pattern) => `instr(${x}, ${pattern})`)],
  regexp_count: [
    ofPlain('regexp_count', INT4, (x, pattern) => `((length(${x}) - length(replace(${x}, ${pattern}, ''))) / length(${pattern}))`),
  ],
  regexp_like: [like],
  regexp_split_to_array: [splitToArray],
  ...Object.fromEntries(['regexp_matches', 'regexp_split_to_table'].map((name) => [name, [refused(name)]])),
};
