import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { INT4, isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';
import { rules as concatenation } from './concatenation.js';
import { rules as letterCase } from './letter-case.js';
import { simple } from './signature.js';
import { bytes, rules as bytesRules } from './text-bytes.js';
import { rules as digests } from './text-digests.js';
import { format } from './text-format.js';
import { rules as patterns } from './text-patterns.js';
import { rules as quoting } from './text-quoting.js';
import { character, codeOf, left, overlaid, padded, repeated, reversed, right, splitPart, substring, translated } from './text-sql.js';

/** Lengths of a char(n) in bytes count its blanks; its length in characters doesn't. */
const octets: FunctionRule = ([argument, ...more]) =>
  argument?.type.key === 'bpchar' && more.length === 0 ? { sql: `octet_length(${argument.sql})`, type: INT4 } : undefined;

/** Those that compare texts have overloads for citext, which compare without regard to case. */
function ofCitext(name: string): FunctionRule {
  return (args) => {
    const isCitext = args.some(({ type }) => type.key === 'citext') && args.every(({ type }) => type.key === 'citext' || !isText(type));
    if (!isCitext) return undefined;
    throw new UnsupportedOnFallbackError(`${name}() of citext`, 'Cast it to text where the case of letters counts.');
  };
}

/** A bare string could be an integer of either size. */
const ambiguousHex: FunctionRule = ([argument, ...more]) => {
  if (argument?.type.key === 'unknown' && more.length === 0) {
    throw new PgError('42725', 'function to_hex(unknown) is not unique', {
      hint: 'Could not choose a best candidate function. You might need to add explicit type casts.',
    });
  }
  return undefined;
};

const length = [simple(['text'], INT4, (text) => `length(${text})`), simple(['bytea'], INT4, (bytes) => `length(${bytes})`)];

function trim(name: 'trim' | 'ltrim' | 'rtrim'): readonly FunctionRule[] {
  return [
    bytes.refused(name === 'trim' ? 'btrim' : name),
    simple(['text'], TEXT, (text) => `${name}(${text}, ' ')`),
    simple(['text', 'text'], TEXT, (text, characters) => `${name}(${text}, ${characters})`),
  ];
}

/** `substring(x from 'pattern')`: an untyped second argument is a pattern in PostgreSQL, too. */
const patternSubstring: FunctionRule = (args) => {
  const [, pattern] = args;
  if (pattern?.type.key !== 'unknown' && pattern?.type.key !== 'text') return undefined;
  throw new UnsupportedOnFallbackError('substring() by a regular expression', 'Use positions, or look for the part in the program.');
};

const substr = [simple(['text', 'int4'], TEXT, substring), simple(['text', 'int4', 'int4'], TEXT, substring), ...bytes.part];

function instr(text: string, part: string): string {
  return `instr(${text}, ${part})`;
}

export const rules: Rules = {
  functions: {
    ...letterCase,
    ...concatenation,
    ...quoting,
    ...patterns,
    ...digests,
    ...bytesRules,
    format: [format],
    length,
    char_length: [simple(['text'], INT4, (text) => `length(${text})`)],
    character_length: [simple(['text'], INT4, (text) => `length(${text})`)],
    octet_length: [
      octets,
      simple(['text'], INT4, (text) => `octet_length(${text})`),
      simple(['bytea'], INT4, (bytes) => `length(${bytes})`),
    ],
    bit_length: [simple(['text'], INT4, (text) => `(8 * octet_length(${text}))`), simple(['bytea'], INT4, (all) => `(8 * length(${all}))`)],
    btrim: trim('trim'),
    ltrim: trim('ltrim'),
    rtrim: trim('rtrim'),
    substr,
    substring: [patternSubstring, ...substr],
    left: [simple(['text', 'int4'], TEXT, left)],
    right: [simple(['text', 'int4'], TEXT, right)],
    replace: [
      ofCitext('replace'),
      simple(['text', 'text', 'text'], TEXT, (text, from, to) => `iif(${to} IS NULL, NULL, replace(${text}, ${from}, ${to}))`),
    ],
    strpos: [ofCitext('strpos'), simple(['text', 'text'], INT4, instr)],
    position: [...bytes.position, simple(['text', 'text'], INT4, (part, text) => instr(text, part))],
    reverse: [simple(['text'], TEXT, reversed)],
    repeat: [simple(['text', 'int4'], TEXT, repeated)],
    lpad: [simple(['text', 'int4'], TEXT, padded('left')), simple(['text', 'int4', 'text'], TEXT, padded('left'))],
    rpad: [simple(['text', 'int4'], TEXT, padded('right')), simple(['text', 'int4', 'text'], TEXT, padded('right'))],
    split_part: [ofCitext('split_part'), simple(['text', 'text', 'int4'], TEXT, splitPart)],
    translate: [ofCitext('translate'), simple(['text', 'text', 'text'], TEXT, translated)],
    overlay: [
      bytes.refused('overlay'),
      simple(['text', 'text', 'int4'], TEXT, overlaid),
      simple(['text', 'text', 'int4', 'int4'], TEXT, overlaid),
    ],
    ascii: [simple(['text'], INT4, codeOf)],
    chr: [simple(['int4'], TEXT, character)],
    to_hex: [
      ambiguousHex,
      simple(['int4'], TEXT, (number) => `iif(${number} IS NULL, NULL, printf('%x', ${number} & 4294967295))`),
      simple(['int8'], TEXT, (number) => `iif(${number} IS NULL, NULL, printf('%x', ${number}))`),
    ],
  },
};
