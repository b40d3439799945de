import { createRequire } from 'node:module';
import { PgError } from '../../../src/dialect/pg-error.js';
import type { Literal, Parameter } from '../../../src/dialect/sql/ast.js';
import { Slots, storedSql, withoutUnused } from '../../../src/dialect/translate/bind.js';
import { raisedError } from '../../../src/dialect/translate/raise.js';
import '../../../src/dialect/translate/registry.js';
import { TranslationBase } from '../../../src/dialect/translate/translation-base.js';
import type { Call } from '../../../src/dialect/sql/ast.js';
import type { Rules, Translation, Typed } from '../../../src/dialect/translate/typed.js';
import type { Stored } from '../../../src/dialect/types/codec.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';

interface Sqlite {
  all(sql: string, values: unknown[], done: (error: Error | null, rows: { v: Stored }[]) => void): void;
  close(): void;
}
const { Database } = createRequire(import.meta.url)('sqlite3') as { Database: new (file: string) => Sqlite };
const database = new Database(':memory:');

/** A translation of one expression, whose literals are numbered by themselves. */
export class ExpressionTranslation extends TranslationBase {
  readonly #slots = new Slots();
  readonly #literals: string[] = [];
  #aliases = 0;

  constructor() {
    super({} as Translation['catalog']);
  }

  get slots(): Slots['list'] {
    return this.#slots.list;
  }

  bind(node: Literal | Parameter, type: PgType): string {
    const codec = codecFor(type);
    const sql = this.#slots.bind(node, codec);
    return codec.bind?.(sql) ?? sql;
  }

  now(): string {
    return this.#slots.now();
  }

  valueOf(literal: Literal): string {
    return literal.text;
  }

  alias(): string {
    this.#aliases += 1;
    return `r${this.#aliases}`;
  }

  /** `'text'` without a type. */
  unknown(text: string): Typed {
    const slot = this.#literals.push(text) - 1;
    return { sql: '', type: { key: 'unknown' }, pending: { kind: 'literal', of: 'string', text, slot } };
  }

  integer(number: number): Typed {
    const slot = this.#literals.push(String(number)) - 1;
    return { sql: '', type: { key: 'int4' }, pending: { kind: 'literal', of: 'integer', text: String(number), slot } };
  }

  /** PostgreSQL's text of the value, null, or the error as code and message. */
  async evaluate({ sql, type, decode }: Typed): Promise<string | null> {
    const codec = codecFor(type);
    try {
      const statement = withoutUnused(`SELECT ${codec.select?.(sql) ?? sql} AS v`, this.slots);
      const values = statement.slots.map(({ source, convert }) =>
        source.from === 'literal' ? convert(this.#literals[source.slot]) : null,
      );
      const [row] = await new Promise<{ v: Stored }[]>((resolve, reject) => {
        database.all(statement.sql, values, (error, rows) =>
          error ? reject(raisedError(error) ?? new Error(`${error.message}\n${sql}`)) : resolve(rows),
        );
      });
      const stored = row?.v ?? null;
      if (decode) return decode(stored);
      return stored === null ? null : codec.output(stored);
    } catch (error) {
      if (!(error instanceof PgError)) throw error;
      return `${error.code} ${error.message}`;
    }
  }
}

/** A value that has its type, as a column has. */
export function value(type: PgType, text: string | null): Typed {
  if (text === null) return { sql: 'NULL', type };
  const codec = codecFor(type);
  const sql = storedSql(codec.input(text));
  return { sql: codec.bind?.(sql) ?? sql, type };
}

export function operator(rules: Rules, name: string, left: Typed, right: Typed, context: Translation): Typed {
  for (const rule of rules.operators?.[name] ?? []) {
    const result = rule(left, right, context);
    if (result) return result;
  }
  throw new Error(`no rule for ${left.type.key} ${name} ${right.type.key}`);
}

export function call(rules: Rules, name: string, args: readonly Typed[], context: Translation, node: Partial<Call> = {}): Typed {
  for (const rule of rules.functions?.[name] ?? []) {
    const whole: Call = { kind: 'call', path: [name], args: [], star: false, distinct: false, orderBy: [], ...node };
    const result = rule(args, context, whole, { sources: [] });
    if (result) return result;
  }
  throw new Error(`no rule for ${name}(${args.map(({ type }) => type.key).join(', ')})`);
}
