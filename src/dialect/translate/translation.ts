import type { Catalog } from '../catalog/catalog.js';
import type { DataStatement, Literal, Parameter } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import type { PgType } from '../types/pg-type.js';
import { Slots, storedSql, withoutUnused } from './bind.js';
import { existsAsValues } from './exists-as-values.js';
import type { DataPlan, Slot } from './plan.js';
import { translateStatement } from './statements.js';
import { TranslationBase } from './translation-base.js';

/**
 * Says for SQLite what PostgreSQL's statement says. `structural` are the literals whose values the plan's key holds anyway.
 * @throws PgError, UnsupportedOnFallbackError
 */
export function translate(statement: DataStatement, catalog: Catalog, structural: ReadonlySet<number> = new Set()): DataPlan {
  const context = new StatementTranslation(catalog);
  const written = translated(statement, context);
  const { sql, slots } = withoutUnused(withOffset(written.sql), context.slots);
  return { ...written, sql, slots, fixedLiterals: new Set([...structural, ...context.fixedLiterals]) };
}

function withOffset(sql: string): string {
  return sql.includes(' OFFSET ') ? existsAsValues(sql) : sql;
}

function translated(statement: DataStatement, context: StatementTranslation): ReturnType<typeof translateStatement> {
  try {
    return translateStatement(statement, context);
  } catch (error) {
    context.readLiterals();
    throw error;
  }
}

/** The translation of one statement: it gathers the slots. */
class StatementTranslation extends TranslationBase {
  readonly fixedLiterals = new Set<number>();
  readonly #slots = new Slots();
  #aliases = 0;

  get slots(): Slot[] {
    return this.#slots.list;
  }

  bind(node: Literal | Parameter, type: PgType): string {
    const codec = codecFor(type);
    const writtenOut = node.kind === 'literal' && this.#slots.isFull;
    const sql = writtenOut ? storedSql(codec.input(this.valueOf(node))) : this.#slots.bind(node, codec);
    return codec.bind?.(sql) ?? sql;
  }

  /** @throws PgError for the first literal that is none of its type */
  readLiterals(): void {
    this.#slots.readLiterals();
  }

  now(): string {
    return this.#slots.now();
  }

  valueOf(literal: Literal): string {
    this.fixedLiterals.add(literal.slot);
    return literal.text;
  }

  alias(): string {
    this.#aliases += 1;
    return `_r${this.#aliases}`;
  }
}
