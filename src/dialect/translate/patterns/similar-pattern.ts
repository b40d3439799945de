import { UnsupportedOnFallbackError } from '../../../errors.js';

/**
 * The regular expression that PostgreSQL makes of a pattern of SIMILAR TO (`similar_escape_internal` in src/backend/utils/adt/regexp.c).
 * @throws UnsupportedOnFallbackError for what its versions read differently
 */
export function regexOfSimilar(pattern: string, escape: string): string {
  const characters = Array.from(pattern);
  let regex = '';
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? '';
    if (character === escape) regex += escaped(characters[++index], pattern);
    else if (character === '[') {
      const end = bracketEnd(characters, index, escape, pattern);
      regex += characters
        .slice(index, end + 1)
        .join('')
        .replaceAll('\\', '\\\\');
      index = end;
    } else regex += MEANINGS[character] ?? character;
  }
  return `^(?:${regex})$`;
}

const MEANINGS: Readonly<Record<string, string>> = { '%': '.*', _: '.', '(': '(?:', '\\': '\\\\', '.': '\\.', '^': '\\^', $: '\\$' };

/** Behind an escape, `"` parts the pattern for substring(), and a letter may be a class. */
function escaped(character: string | undefined, pattern: string): string {
  if (character === undefined || /["a-zA-Z0-9]/.test(character)) throw notRead(pattern);
  return `\\${character}`;
}

function bracketEnd(characters: readonly string[], start: number, escape: string, pattern: string): number {
  const first = characters[start + 1] === '^' ? start + 2 : start + 1;
  const end = characters.indexOf(']', first);
  const inner = characters.slice(first, end);
  if (end <= first || inner.includes('[') || (escape !== '' && inner.includes(escape))) throw notRead(pattern);
  return end;
}

function notRead(pattern: string): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    `The pattern ${JSON.stringify(pattern)} of SIMILAR TO`,
    'Use LIKE, or a regular expression with `~`.',
  );
}
