import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { PgType } from '../../types/pg-type.js';
import { coerce } from '../coerce.js';
import { madeOf } from '../made-of.js';
import { raiseAboutSql, raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { INT4, isText, TEXT } from '../same-type.js';
import type { FunctionRule, Rules, Translation, Typed } from '../typed.js';
import { refusedSql } from './refusal.js';
import { simple } from './signature.js';
import { substring } from './text-sql.js';

const BYTEA: PgType = { key: 'bytea' };

/** SQLite's substr of no bytes is NULL. */
function part(bytes: string, start: string, length?: string): string {
  return `iif(length(${bytes}) = 0 AND ${start} IS NOT NULL, ${bytes}, ${substring(bytes, start, length)})`;
}

function refused(name: string): FunctionRule {
  return ([bytes]) => {
    if (bytes?.type.key !== 'bytea') return undefined;
    throw new UnsupportedOnFallbackError(`${name}() of bytea`, 'Change the bytes in the program.');
  };
}

const FORMATS = ['hex', 'base64', 'escape'] as const;
type Format = (typeof FORMATS)[number];

/** @throws PgError 22023 as PostgreSQL does for an encoding that it does not know */
function formatOf(argument: Typed | undefined, context: Translation): Format {
  const { pending } = argument ?? {};
  if (typeof pending !== 'object' || pending.kind !== 'literal') {
    throw new UnsupportedOnFallbackError('encode() and decode() with a format that is not a literal', "Write 'hex' or 'base64'.");
  }
  const name = context.valueOf(pending).toLowerCase();
  const format = FORMATS.find((known) => known === name);
  if (format === undefined) throw new PgError('22023', `unrecognized encoding: "${context.valueOf(pending)}"`);
  if (format === 'escape') throw unsupported('The format escape of encode() and decode()');
  return format;
}

const encode: FunctionRule = ([bytes, format, ...more], context) => {
  if (!bytes || !format || more.length > 0 || (bytes.type.key !== 'bytea' && bytes.type.key !== 'unknown')) return undefined;
  if (formatOf(format, context) === 'hex') {
    return { sql: repeated([coerce(bytes, BYTEA, context).sql], (x = '') => `iif(${x} IS NULL, NULL, lower(hex(${x})))`), type: TEXT };
  }
  const sql = madeOf(bytes, BYTEA, (stored) => inLines(Buffer.from(stored as Buffer).toString('base64')), context);
  if (sql === undefined) throw unsupported('The format base64 of a column or an expression');
  return { sql, type: TEXT };
};

/** PostgreSQL's base64 has lines of 76 characters. */
function inLines(text: string): string {
  return text.replace(/.{76}(?=.)/g, '$&\n');
}

const decode: FunctionRule = ([text, format, ...more], context) => {
  if (!text || !format || more.length > 0 || (!isText(text.type) && text.type.key !== 'unknown')) return undefined;
  if (formatOf(format, context) === 'hex') return { sql: ofHex(coerce(text, TEXT, context).sql), type: BYTEA };
  const sql = madeOf(text, TEXT, (stored) => ofBase64(String(stored)), context);
  if (sql === undefined) throw unsupported('The format base64 of a column or an expression');
  return { sql, type: BYTEA };
};

/** The text's bytes as they are stored: UTF-8. */
const convertTo: FunctionRule = ([text, encoding, ...more], context) => {
  if (!text || !encoding || more.length > 0 || (!isText(text.type) && text.type.key !== 'unknown')) return undefined;
  const { pending } = encoding;
  const name = typeof pending === 'object' && pending.kind === 'literal' ? context.valueOf(pending) : '';
  if (!/^utf[-_]?8$/i.test(name)) throw unsupported('convert_to() to another encoding than UTF8');
  const known = madeOf(text, TEXT, (stored) => Buffer.from(String(stored)), context);
  return { sql: known ?? `CAST(${coerce(text, TEXT, context).sql} AS BLOB)`, type: BYTEA };
};

/** Blanks may stand between pairs of digits. */
function ofHex(sql: string): string {
  const blanks = 'char(32, 9, 10, 13)';
  return repeated([sql], (x = '') => {
    const rest = `ltrim(${x}, '0123456789abcdefABCDEF' || ${blanks})`;
    const wrong = raiseAboutSql('22023', 'invalid hexadecimal digit: "', `substr(${rest}, 1, 1)`, '"');
    const odd = raiseSql('22023', 'invalid hexadecimal data: odd number of digits');
    const split = refusedSql('decode() of hexadecimal digits with blanks within a pair', 'Take the blanks away.');
    const hasBlanks = `length(trim(${x}, '0123456789abcdefABCDEF')) > 0`;
    return (
      `CASE WHEN ${x} IS NULL THEN NULL WHEN unhex(${x}, ${blanks}) IS NOT NULL THEN unhex(${x}, ${blanks}) ` +
      `WHEN ${rest} <> '' THEN ${wrong} WHEN ${hasBlanks} THEN ${split} ELSE ${odd} END`
    );
  });
}

/** JavaScript takes what PostgreSQL refuses: only what is written as it must be is read. */
function ofBase64(text: string): Buffer {
  const digits = text.replace(/[ \t\r\n]/g, '');
  if (digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return Buffer.from(digits, 'base64');
  throw unsupported('decode() of incomplete base64');
}

function unsupported(feature: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(feature, "Use the format 'hex', or change the bytes in the program.");
}

/** What string functions do with bytes. They are asked before those of texts. */
export const bytes = {
  part: [simple(['bytea', 'int4'], BYTEA, part), simple(['bytea', 'int4', 'int4'], BYTEA, part)],
  position: [simple(['bytea', 'bytea'], INT4, (piece, all) => `instr(${all}, ${piece})`)],
  refused,
};

export const rules: NonNullable<Rules['functions']> = { encode: [encode], decode: [decode], convert_to: [convertTo] };
