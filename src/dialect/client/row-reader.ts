import type { ResultColumn } from '../translate/plan.js';
import type { Stored } from '../types/codec.js';
import { codecFor } from '../types/codecs.js';
import { oidOf } from '../types/type-names.js';
import type { Row } from './handle.js';
import { type PgField, pgField } from './pg-result.js';
import { isStock, type Parser, type ParserLookup } from './program-parsers.js';

type Decode = (stored: Stored) => unknown;

/** Makes of SQLite's rows what `pg` with the program's parsers gives. The statement names its columns `0`, `1`, …. */
export class RowReader {
  readonly fields: PgField[];
  readonly #names: readonly string[];
  readonly #columns: readonly ColumnReader[];

  constructor(columns: readonly ResultColumn[], parserOf: ParserLookup) {
    this.fields = columns.map(({ name, type }) => pgField(name, oidOf(type)));
    this.#names = columns.map(({ name }) => name);
    this.#columns = columns.map((column) => new ColumnReader(column, parserOf));
  }

  /** Of two columns with one name the last stays, as in `pg`. */
  objects(rows: readonly Row[]): Record<string, unknown>[] {
    const decode = this.#columns.map((column) => column.decoder());
    const names = this.#names;
    return rows.map((row) => {
      const object: Record<string, unknown> = {};
      for (let at = 0; at < names.length; at += 1) object[names[at] as string] = decode[at]?.(row[at] as Stored);
      return object;
    });
  }

  arrays(rows: readonly Row[]): unknown[][] {
    const decode = this.#columns.map((column) => column.decoder());
    return rows.map((row) => decode.map((read, at) => read(row[at] as Stored)));
  }
}

/** One column: programs may set another parser for its type at any time. */
class ColumnReader {
  readonly #oid: number;
  #parser: Parser | undefined;
  #decode: Decode = (stored) => stored;

  constructor(
    private readonly column: ResultColumn,
    private readonly parserOf: ParserLookup,
  ) {
    this.#oid = oidOf(column.type);
  }

  decoder(): Decode {
    const parser = this.parserOf(this.#oid);
    if (parser !== this.#parser) {
      this.#parser = parser;
      this.#decode = decoderFor(this.column, parser);
    }
    return this.#decode;
  }
}

function decoderFor({ type, decode }: ResultColumn, parser: Parser): Decode {
  const codec = codecFor(type);
  const stock = isStock(parser, codec);
  if (decode !== undefined) {
    const read = stock ? (text: string) => codec.toJs(codec.input(text)) : parser;
    return (stored) => {
      const text = decode(stored);
      return text === null ? null : read(text);
    };
  }
  if (stock) return (stored) => (stored === null ? null : codec.toJs(stored));
  return (stored) => (stored === null ? null : parser(codec.output(stored)));
}
