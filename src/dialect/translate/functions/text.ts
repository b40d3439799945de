import { UnsupportedOnFallbackError } from '../../../errors.js';
import { INT4, TEXT } from '../same-type.js';
import type { FunctionRule, Rules } from '../typed.js';
import { rules as concatenation } from './concatenation.js';
import { rules as letterCase } from './letter-case.js';
import { simple } from './signature.js';
import { character, codeOf, left, overlaid, padded, repeated, reversed, right, splitPart, substring, translated } from './text-sql.js';

/** Lengths of a char(n) in bytes count its blanks; its length in characters doesn't. */
const octets: FunctionRule = ([argument, ...more]) =>
  argument?.type.key === 'bpchar' && more.length === 0 ? { sql: `octet_length(${argument.sql})`, type: INT4 } : undefined;

const length = [simple(['text'], INT4, (text) => `length(${text})`), simple(['bytea'], INT4, (bytes) => `length(${bytes})`)];

function trim(name: 'trim' | 'ltrim' | 'rtrim'): readonly FunctionRule[] {
  return [
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

const substr = [
  simple(['text', 'int4'], TEXT, substring),
  simple(['text', 'int4', 'int4'], TEXT, substring),
  simple(['bytea', 'int4'], { key: 'bytea' }, substring),
  simple(['bytea', 'int4', 'int4'], { key: 'bytea' }, substring),
];

function instr(text: string, part: string): string {
  return `instr(${text}, ${part})`;
}

export const rules: Rules = {
  functions: {
    ...letterCase,
    ...concatenation,
    length,
    char_length: [simple(['text'], INT4, (text) => `length(${text})`)],
    character_length: [simple(['text'], INT4, (text) => `length(${text})`)],
    octet_length: [
      octets,
      simple(['text'], INT4, (text) => `octet_length(${text})`),
      simple(['bytea'], INT4, (bytes) => `length(${bytes})`),
    ],
    bit_length: [simple(['text'], INT4, (text) => `(8 * octet_length(${text}))`)],
    btrim: trim('trim'),
    ltrim: trim('ltrim'),
    rtrim: trim('rtrim'),
    substr,
    substring: [patternSubstring, ...substr],
    left: [simple(['text', 'int4'], TEXT, left)],
    right: [simple(['text', 'int4'], TEXT, right)],
    replace: [simple(['text', 'text', 'text'], TEXT, (text, from, to) => `replace(${text}, ${from}, ${to})`)],
    strpos: [simple(['text', 'text'], INT4, instr)],
    position: [simple(['text', 'text'], INT4, (part, text) => instr(text, part))],
    reverse: [simple(['text'], TEXT, reversed)],
    repeat: [simple(['text', 'int4'], TEXT, repeated)],
    lpad: [simple(['text', 'int4'], TEXT, padded('left')), simple(['text', 'int4', 'text'], TEXT, padded('left'))],
    rpad: [simple(['text', 'int4'], TEXT, padded('right')), simple(['text', 'int4', 'text'], TEXT, padded('right'))],
    split_part: [simple(['text', 'text', 'int4'], TEXT, splitPart)],
    translate: [simple(['text', 'text', 'text'], TEXT, translated)],
    overlay: [simple(['text', 'text', 'int4'], TEXT, overlaid), simple(['text', 'text', 'int4', 'int4'], TEXT, overlaid)],
    ascii: [simple(['text'], INT4, codeOf)],
    chr: [simple(['int4'], TEXT, character)],
    to_hex: [
      simple(['int4'], TEXT, (number) => `printf('%x', ${number} & 4294967295)`),
      simple(['int8'], TEXT, (number) => `printf('%x', ${number})`),
    ],
  },
};
