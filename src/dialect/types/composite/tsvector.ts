import { PgError } from '../../pg-error.js';
import type { Codec } from '../codec.js';
import type { PgType } from '../pg-type.js';
import { LexemeReader, printLexeme } from './lexeme-reader.js';

/** A place of a lexeme in its document; weight 3 is A, 0 is D. */
interface Position {
  readonly at: number;
  readonly weight: number;
}

const LAST_POSITION = 16383;
const MOST_POSITIONS = 255;
const WEIGHTS = 'DCBA';

/** Stored as PostgreSQL prints it: lexemes in byte order, each once, with their positions. */
export function tsvectorCodec(type: PgType): Codec {
  return { type, affinity: 'TEXT', input: canonicalTsvector, output: String, toJs: String };
}

/** Lexemes with their positions. */
type Vector = ReadonlyMap<string, readonly Position[]>;

function canonicalTsvector(text: string): string {
  return printTsvector(parseTsvector(text));
}

function parseTsvector(text: string): Vector {
  const reader = new LexemeReader(text, 'tsvector');
  const lexemes = new Map<string, Position[]>();
  for (let lexeme = reader.next(); lexeme !== undefined; lexeme = reader.next()) {
    const positions = lexemes.get(lexeme) ?? [];
    lexemes.set(lexeme, positions);
    if (reader.takes(':')) positions.push(...readPositions(reader));
  }
  return lexemes;
}

function printTsvector(lexemes: Vector): string {
  return [...lexemes]
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([lexeme, positions]) => printLexeme(lexeme) + printPositions(positions))
    .join(' ');
}

/** The vector of words in their order. */
export function tsvectorOfWords(words: readonly string[]): string {
  const lexemes = new Map<string, Position[]>();
  for (const [index, word] of words.entries()) {
    lexemes.set(word, [...(lexemes.get(word) ?? []), { at: Math.min(index + 1, LAST_POSITION), weight: 0 }]);
  }
  return printTsvector(lexemes);
}

/** PostgreSQL's setweight. @throws PgError XX000 */
export function withWeight(text: string, letter: string): string {
  const weight = letter === '' ? -1 : WEIGHTS.indexOf(letter.charAt(0).toUpperCase());
  if (weight < 0) throw new PgError('XX000', `unrecognized weight: ${Buffer.from(letter)[0] ?? 0}`);
  return printTsvector(
    new Map([...parseTsvector(text)].map(([lexeme, positions]) => [lexeme, positions.map(({ at }) => ({ at, weight }))])),
  );
}

/** PostgreSQL's strip. */
export function withoutPositions(text: string): string {
  return printTsvector(new Map([...parseTsvector(text).keys()].map((lexeme) => [lexeme, []])));
}

function readPositions(reader: LexemeReader): Position[] {
  const positions: Position[] = [];
  do {
    const digits = reader.takeWhile(/\d/);
    if (digits === '') throw reader.syntaxError();
    const at = Math.min(Number(digits), LAST_POSITION);
    if (at === 0) throw new PgError('42601', `wrong position info in tsvector: "${reader.text}"`);
    const letters = reader
      .takeWhile(/[a-d*]/i)
      .toUpperCase()
      .replace('*', 'A');
    // PostgreSQL takes one weight besides D, which is none.
    if (letters.replaceAll('D', '').length > 1) throw reader.syntaxError();
    positions.push({ at, weight: Math.max(0, ...letters.split('').map((letter) => WEIGHTS.indexOf(letter))) });
  } while (reader.takes(','));
  reader.expectSpace();
  return positions;
}

function printPositions(positions: readonly Position[]): string {
  if (positions.length === 0) return '';
  const heaviest = new Map<number, number>();
  for (const { at, weight } of positions) heaviest.set(at, Math.max(weight, heaviest.get(at) ?? 0));
  const sorted = [...heaviest].sort(([one], [other]) => one - other).slice(0, MOST_POSITIONS);
  return `:${sorted.map(([at, weight]) => `${at}${weight === 0 ? '' : WEIGHTS.charAt(weight)}`).join(',')}`;
}
