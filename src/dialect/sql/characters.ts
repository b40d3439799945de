const SPACE = 1;
const DIGIT = 2;
const NAME_START = 4;
const OPERATOR = 8;
const NAME_PART = 16;

/** What each UTF-16 unit is; everything outside ASCII is a letter to PostgreSQL. */
const CLASSES = new Uint8Array(0x10000).fill(NAME_START | NAME_PART, 128);
mark(' \t\n\r\f', SPACE);
mark('0123456789', DIGIT | NAME_PART);
mark('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', NAME_START | NAME_PART);
mark('$', NAME_PART);
// PostgreSQL's list without the backtick, which quotes names here.
mark('+-*/<>=~!@#%^&|?', OPERATOR);

function mark(characters: string, value: number): void {
  for (const character of characters) CLASSES[character.charCodeAt(0)] = value;
}

/** Whether the unit is of the class; NaN, what stands behind the end of a text, is of none. */
function is(code: number, value: number): boolean {
  return ((CLASSES[code] ?? 0) & value) !== 0;
}

export function isSpace(code: number): boolean {
  return is(code, SPACE);
}

export function isDigit(code: number): boolean {
  return is(code, DIGIT);
}

export function isNameStart(code: number): boolean {
  return is(code, NAME_START);
}

export function isNamePart(code: number): boolean {
  return is(code, NAME_PART);
}

export function isOperator(code: number): boolean {
  return is(code, OPERATOR);
}

export const UNDERSCORE = 0x5f;
export const DOLLAR = 0x24;
export const QUOTE = 0x27;
export const DOUBLE_QUOTE = 0x22;
export const BACKTICK = 0x60;
export const BACKSLASH = 0x5c;
export const DOT = 0x2e;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const MINUS = 0x2d;
export const PLUS = 0x2b;
export const SLASH = 0x2f;
export const ASTERISK = 0x2a;
export const AMPERSAND = 0x26;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
