import type { Case, Expression } from '../sql/ast.js';
import { asBoolean, coerce, NULL } from './coerce.js';
import { commonType } from './common-type.js';
import { operate } from './operate.js';
import type { Scope, Translation, Typed } from './typed.js';

/** `CASE … END`. PostgreSQL looks at ELSE first to find the type. */
export function caseExpression(node: Case, scope: Scope, context: Translation): Typed {
  const otherwise = node.otherwise ? context.expression(node.otherwise, scope) : NULL;
  const results = node.branches.map(({ then }) => context.expression(then, scope));
  const conditions = node.branches.map(({ when }) => condition(when, node.operand, scope, context));
  const type = commonType([otherwise, ...results], 'CASE');
  const values = results.map((result) => coerce(result, type, context).sql);
  const branches = conditions.map((sql, index) => `WHEN ${sql} THEN ${values[index]}`);
  return { sql: `(CASE ${branches.join(' ')} ELSE ${coerce(otherwise, type, context).sql} END)`, type };
}

function condition(when: Expression, operand: Expression | undefined, scope: Scope, context: Translation): string {
  const value = context.expression(when, scope);
  const test = operand ? operate('=', context.expression(operand, scope), value, context) : value;
  return asBoolean(test, 'CASE/WHEN', context).sql;
}
