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

function canonicalTsvector(text: string): string {
  const reader = new LexemeReader(text, 'tsvector');
  const lexemes = new Map<string, Position[]>();
  for (let lexeme = reader.next(); lexeme !== undefined; lexeme = reader.next()) {
    const positions = lexemes.get(lexeme) ?? [];
    lexemes.set(lexeme, positions);
    if (reader.takes(':')) positions.push(...readPositions(reader));
  }
  return [...lexemes]
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([lexeme, positions]) => printLexeme(lexeme) + printPositions(positions))
    .join(' ');
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
