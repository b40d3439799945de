import type { OrderItem } from '../sql/ast.js';
import { type OrderTerm, orderTerm } from './order.js';
import type { Ordered } from './order-items.js';
import type { Output } from './result-columns.js';
import type { Scope, Translation } from './typed.js';

/** What a query without DISTINCT is written from. */
export interface Parts {
  readonly columns: readonly Output[];
  readonly ordering: readonly (Ordered & { readonly item: OrderItem })[];
  /** From FROM to HAVING. */
  readonly tail: string;
  readonly limit: string;
  readonly scope: Scope;
  readonly isGrouped: boolean;
  readonly context: Translation;
}

/** Constants order nothing. */
export function terms({ ordering, scope, context }: Parts): readonly OrderTerm[] {
  return ordering.filter(({ typed }) => typed.pending === undefined).map(({ typed, item }) => orderTerm(typed, item, scope, context));
}
