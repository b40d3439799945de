import { PgError } from '../../pg-error.js';

/** A part of a LIKE pattern: text, or what matches any. */
type Part = { readonly literal: string } | 'any character' | 'any text';

/** LIKE's own escape character; an empty one is none. */
export const BACKSLASH = '\\';

/** @throws PgError 22025 */
function partsOf(pattern: string, escape: string): Part[] {
  const characters = Array.from(pattern);
  const parts: Part[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    if (character === escape) {
      const escaped = characters[++index];
      if (escaped === undefined) throw new PgError('22025', 'LIKE pattern must not end with escape character');
      parts.push({ literal: escaped });
    } else parts.push(character === '%' ? 'any text' : character === '_' ? 'any character' : { literal: character });
  }
  return parts;
}

/** The GLOB pattern that matches the same texts. */
export function globOfLike(pattern: string, escape: string): string {
  return partsOf(pattern, escape).map(globOf).join('');
}

function globOf(part: Part): string {
  if (part === 'any text') return '*';
  return part === 'any character' ? '?' : globLiteral(part.literal);
}

/** A text that stands for itself in GLOB. */
export function globLiteral(text: string): string {
  return text.replace(/[*?[]/g, '[$&]');
}

/** SQL: the GLOB pattern of a LIKE pattern that only the database knows and that has no escapes. */
export function globOfLikeSql(sql: string): string {
  const escaped = `replace(replace(replace(${sql}, '[', '[[]'), '*', '[*]'), '?', '[?]')`;
  return `replace(replace(${escaped}, '%', '*'), '_', '?')`;
}

/** @throws PgError 22025 */
export function checkedEscape(escape: string): string {
  if (Array.from(escape).length <= 1) return escape;
  throw new PgError('22025', 'invalid escape string', { hint: 'Escape string must be empty or one character.' });
}
