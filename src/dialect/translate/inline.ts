import { UnsupportedOnFallbackError } from '../../errors.js';
import type { Catalog } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';
import type { Literal, Parameter } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import type { PgType } from '../types/pg-type.js';
import { storedSql } from './bind.js';
import type { Slot } from './plan.js';
import { TranslationBase } from './translation-base.js';
import type { Translation } from './typed.js';

/** A translation that writes all literals out: of a text of its own, such as a column's default, a CHECK or a view. */
export class InlineTranslation extends TranslationBase {
  readonly #parent: Translation | undefined;
  #aliases = 0;

  /** Within the statement of `parent`, or of a part of the schema. */
  constructor(catalog: Catalog, parent?: Translation) {
    super(catalog);
    this.#parent = parent;
  }

  get slots(): Slot[] {
    return this.#parent?.slots ?? [];
  }

  bind(node: Literal | Parameter, type: PgType): string {
    if (node.kind === 'parameter') throw new PgError('42P02', `there is no parameter $${node.number}`);
    const codec = codecFor(type);
    const sql = storedSql(codec.input(node.text));
    return codec.bind?.(sql) ?? sql;
  }

  now(): string {
    if (this.#parent) return this.#parent.now();
    throw new UnsupportedOnFallbackError(
      'The current time in a view, CHECK or index',
      'Give the time in the statement that reads or writes.',
    );
  }

  valueOf(literal: Literal): string {
    return literal.text;
  }

  alias(): string {
    if (this.#parent) return this.#parent.alias();
    this.#aliases += 1;
    return `_r${this.#aliases}`;
  }
}
