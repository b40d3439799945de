import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import { raiseSql } from '../raise.js';
import { quoteText } from '../quote.js';
import { TEXT } from '../same-type.js';
import type { FunctionRule, Translation, Typed } from '../typed.js';
import { output } from './concatenation.js';
import { identifier, quotedLiteral } from './text-quoting.js';

/** One `%…` of a template. */
interface Specifier {
  readonly kind: 's' | 'I' | 'L';
  /** From 0. */
  readonly argument: number;
  readonly width: number;
  readonly isLeft: boolean;
}

const MOST_WIDTH = 1000;
const NULL_NAME = raiseSql('22004', 'null values cannot be formatted as an SQL identifier');

/** `format('%s of %I', a, b)`; the text is a literal that the translation knows. */
export const format: FunctionRule = ([template, ...args], context) => {
  if (template?.pending === 'null') return { sql: 'NULL', type: TEXT };
  if (typeof template?.pending !== 'object' || template.pending.kind !== 'literal') {
    throw new UnsupportedOnFallbackError(
      'format() with a text that is not a literal',
      'Write the text as a literal, or join the parts with ||.',
    );
  }
  const parts = partsOf(context.valueOf(template.pending));
  const pieces = parts.map((part) => (typeof part === 'string' ? quoteText(part) : formatted(part, args, context)));
  return { sql: `(${["''", ...pieces].join(' || ')})`, type: TEXT };
};

/** The texts between the specifiers, and these (`text_format` of src/backend/utils/adt/varlena.c). @throws PgError 22023 */
function partsOf(template: string): (string | Specifier)[] {
  const parts: (string | Specifier)[] = [];
  let next = 0;
  for (const [written, plain, place, align, width, kind] of template.matchAll(/([^%]+)|%(?:(\d+)\$)?(-*)(\d+|\*)?([^])?/g)) {
    if (plain !== undefined) parts.push(plain);
    else if (written === '%%') parts.push('%');
    else {
      const specifier = specifierOf(kind, place, width, align !== '', next);
      next = specifier.argument + 1;
      parts.push(specifier);
    }
  }
  return parts;
}

function specifierOf(
  kind: string | undefined,
  place: string | undefined,
  width: string | undefined,
  isLeft: boolean,
  next: number,
): Specifier {
  if (width === '*' || Number(width ?? 0) > MOST_WIDTH) {
    throw new UnsupportedOnFallbackError('format() with a width that is an argument or very long', 'Use lpad() or rpad().');
  }
  if (kind === undefined) throw wrong('unterminated format() type specifier');
  if (place !== undefined && Number(place) === 0) throw wrong('format specifies argument 0, but arguments are numbered from 1');
  if (kind !== 's' && kind !== 'I' && kind !== 'L') throw wrong(`unrecognized format() type specifier "${kind}"`);
  return { kind, argument: place === undefined ? next : Number(place) - 1, width: Number(width ?? 0), isLeft };
}

function formatted({ kind, argument, width, isLeft }: Specifier, args: readonly Typed[], context: Translation): string {
  const value = args[argument];
  if (!value) throw wrong('too few arguments for format()');
  const text = written(kind, output(value, context));
  if (width === 0) return text;
  const blanks = `substr('${' '.repeat(width)}', 1, max(0, ${width} - length(${text})))`;
  return isLeft ? `${text} || ${blanks}` : `${blanks} || ${text}`;
}

function written(kind: Specifier['kind'], text: string): string {
  if (kind === 's') return `coalesce(${text}, '')`;
  return kind === 'L' ? `coalesce(${quotedLiteral(text)}, 'NULL')` : `coalesce(${identifier(text)}, ${NULL_NAME})`;
}

function wrong(message: string): PgError {
  return new PgError('22023', message);
}
