import type { Catalog } from '../catalog/catalog.js';
import type { Expression, Literal, Parameter, SelectStatement } from '../sql/ast.js';
import type { Stored } from '../types/codec.js';
import type { PgType } from '../types/pg-type.js';
import { storedSql } from './bind.js';
import { expression } from './expressions.js';
import type { ResultColumn, Slot } from './plan.js';
import { RULES } from './registry.js';
import { subselect } from './select.js';
import type { Scope, Translation, Typed } from './typed.js';

/** What all translations have in common; they differ in what becomes of values. */
export abstract class TranslationBase implements Translation {
  readonly catalog: Catalog;
  readonly rules = RULES;
  abstract readonly slots: Slot[];

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  abstract bind(node: Literal | Parameter, type: PgType): string;
  abstract now(): string;
  abstract valueOf(literal: Literal): string;
  abstract alias(): string;

  constant(stored: Stored): string {
    return storedSql(stored);
  }

  select(statement: SelectStatement, scope: Scope | undefined): { sql: string; columns: readonly ResultColumn[] } {
    return subselect(statement, scope, this);
  }

  expression(node: Expression, scope: Scope): Typed {
    return expression(node, scope, this);
  }
}
