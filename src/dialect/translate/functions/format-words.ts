/** What a pattern of to_char consists of. */
export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly word: string; readonly isFilled: boolean; readonly suffix: '' | 'TH' | 'th' };

/** Where PostgreSQL's own reading is not followed. */
export class UnreadPattern extends Error {}

/**
 * Reads a pattern as PostgreSQL does (parse_format in src/backend/utils/adt/formatting.c): at each place the first of `words` that
 * stands there, which may have FM before it and TH behind it; anything else is text, quoted or not.
 */
export function formatParts(pattern: string, words: readonly string[]): readonly FormatPart[] {
  const parts: FormatPart[] = [];
  for (let at = 0; at < pattern.length; ) {
    const { part, length } = partAt(pattern.slice(at), words);
    if (part) parts.push(part);
    at += length;
  }
  return parts;
}

function partAt(rest: string, words: readonly string[]): { part?: FormatPart; length: number } {
  if (/^(?:TM|tm)/.test(rest)) throw new UnreadPattern();
  const prefix = /^(?:FM|fm)/.test(rest) ? 2 : 0;
  const behind = rest.slice(prefix);
  const word = words.find((candidate) => behind.startsWith(candidate));
  if (word === undefined) return behind === '' ? { length: prefix } : textAt(behind, prefix);
  const after = behind.slice(word.length);
  if (after.startsWith('SP')) throw new UnreadPattern();
  const suffix = after.startsWith('TH') ? 'TH' : after.startsWith('th') ? 'th' : '';
  return { part: { kind: 'field', word, isFilled: prefix === 0, suffix }, length: prefix + word.length + suffix.length };
}

/** Within quotes a backslash takes any character, outside only a quote. */
function textAt(rest: string, prefix: number): { part: FormatPart; length: number } {
  const quoted = /^"((?:[^"\\]|\\.|\\$)*)"?/s.exec(rest);
  if (quoted) return { part: text((quoted[1] ?? '').replace(/\\(.)/gs, '$1')), length: prefix + quoted[0].length };
  const escape = rest.startsWith('\\"') ? 1 : 0;
  const character = String.fromCodePoint(rest.codePointAt(escape) ?? 0);
  return { part: text(character), length: prefix + escape + character.length };
}

function text(given: string): FormatPart {
  return { kind: 'text', text: given };
}
