const QUOTE = 39;
const DOUBLE_QUOTE = 34;

const PLAIN = 0;
/** Blank, `$`, parentheses and comma: lists of any length have one shape. */
const LEFT_OUT = 1;
const DIGIT = 2;
const LETTER = 3;

/** What each ASCII character is; the rest are letters. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (' $(),'.includes(character)) return LEFT_OUT;
  if (/\d/.test(character)) return DIGIT;
  return /[a-z_]/i.test(character) ? LETTER : PLAIN;
});

/** Longer texts are not examined anyway (guard.ts). */
const MAX_CHARACTERS = 20_000;

/**
 * A number for the shape of a statement: the same for texts that differ in their numbers, their quoted values and the lengths of their
 * lists only; definitions each have their own. FNV-1a over the rest; every statement passes it, so it is one loop that makes nothing.
 */
export function shapeOf(text: string): number {
  if (isDefinition(text)) return hashOf(text);
  const end = Math.min(text.length, MAX_CHARACTERS);
  let hash = 0x811c9dc5;
  let isInName = false;
  let isInWord = false;
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === DOUBLE_QUOTE) isInName = !isInName;
    else if (!isInName) {
      const kind = code < 128 ? KINDS[code] : LETTER;
      if (kind === LEFT_OUT || code === QUOTE || (kind === DIGIT && !isInWord)) {
        if (code === QUOTE) index = endOfValue(text, index);
        isInWord = false;
        continue;
      }
      isInWord = kind === LETTER || kind === DIGIT;
    }
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  return hash;
}

/** CREATE, ALTER and DO (in which Sequelize makes enums), by their first letters. */
function isDefinition(text: string): boolean {
  const first = text.charCodeAt(0) & ~32;
  return first === 67 || first === 65 || (first === 68 && (text.charCodeAt(1) & ~32) === 79);
}

/** Where the quoted value that begins here ends. A doubled quote begins another value right away, which is no matter. */
function endOfValue(text: string, start: number): number {
  const end = text.indexOf("'", start + 1);
  return end === -1 ? text.length : end;
}

/** A number for a text as it is. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
