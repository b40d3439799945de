import type { Case, Expression } from '../sql/ast.js';
import { asBoolean, coerce, NULL } from './coerce.js';
import { commonType } from './common-type.js';
import { operate } from './operate.js';
import type { Scope, Translation, Typed } from './typed.js';

/** `CASE … END`. PostgreSQL looks at ELSE first to find the type. */
export function caseExpression(node: Case, scope: Scope, context: Translation): Typed {
  const branches = node.branches.map(({ when, then }) => ({
    test: condition(when, node.operand, scope, context),
    result: context.expression(then, scope),
  }));
  const otherwise = node.otherwise ? context.expression(node.otherwise, scope) : NULL;
  const type = commonType([otherwise, ...branches.map(({ result }) => result)], 'CASE');
  const cases = branches.map(({ test, result }) => `WHEN ${test} THEN ${coerce(result, type, context).sql}`);
  return { sql: `(CASE ${cases.join(' ')} ELSE ${coerce(otherwise, type, context).sql} END)`, type };
}

function condition(when: Expression, operand: Expression | undefined, scope: Scope, context: Translation): string {
  const value = context.expression(when, scope);
  const test = operand ? operate('=', context.expression(operand, scope), value, context) : value;
  return asBoolean(test, 'CASE/WHEN', context).sql;
}
