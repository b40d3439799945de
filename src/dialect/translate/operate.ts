import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { Call } from '../sql/ast.js';
import { bareTypeName } from '../types/format-type.js';
import { checkModifiers } from './call-modifiers.js';
import { usable } from './coerce.js';
import { isOfPostgres, takesOtherTypes } from './functions/names-of-postgres.js';
import { resolvedOperator } from './operators/resolution.js';
import type { Scope, Translation, Typed } from './typed.js';

/** `left operator right`. @throws PgError 42883 */
export function operate(operator: string, left: Typed, right: Typed, context: Translation): Typed {
  const result = tryOperator(operator, left, right, context);
  if (result) return result;
  throw withoutRule(operator, left, right);
}

function withoutRule(operator: string, left: Typed, right: Typed): Error {
  const name = PG_NAMES[operator] ?? operator;
  const signature = `${typeName(left)} ${name} ${typeName(right)}`;
  switch (resolvedOperator(name, [left.type, right.type])) {
    case 'found':
      return new UnsupportedOnFallbackError(`The operator ${signature}`, 'Calculate in the program.');
    case 'ambiguous':
      return notUnique(signature);
    case 'missing':
      return noOperator(signature);
  }
}

/** `undefined` where no rule takes the operands. */
export function tryOperator(operator: string, left: Typed, right: Typed, context: Translation): Typed | undefined {
  for (const rule of context.rules.operators.get(operator) ?? []) {
    const result = rule(usable(left), usable(right), context);
    if (result) return result;
  }
  return undefined;
}

/** What PostgreSQL calls these in its messages. */
const PG_NAMES: Readonly<Record<string, string>> = {
  'is distinct from': '=',
  'is not distinct from': '=',
  like: '~~',
  'not like': '!~~',
  ilike: '~~*',
  'not ilike': '!~~*',
};

export function noOperator(signature: string): PgError {
  return new PgError('42883', `operator does not exist: ${signature}`, {
    hint: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
  });
}

/** Of several operators that would take the operands none is the better one. */
export function notUnique(signature: string): PgError {
  return new PgError('42725', `operator is not unique: ${signature}`, {
    hint: 'Could not choose a best candidate operator. You might need to add explicit type casts.',
  });
}

/** A type as messages about operators and functions name it. */
export function typeName({ type }: Pick<Typed, 'type'>): string {
  return bareTypeName(type);
}

/** `name(args)`. @throws PgError 42883, UnsupportedOnFallbackError for functions that only PostgreSQL has */
export function callFunction(call: Call, args: readonly Typed[], context: Translation, scope: Scope): Typed {
  const name = functionName(call, context);
  for (const rule of context.rules.functions.get(name) ?? []) {
    const result = rule(args.map(usable), context, call, scope);
    if (!result) continue;
    checkModifiers(call, name);
    return result;
  }
  if (isOfPostgres(name) && (!context.rules.functions.has(name) || takesOtherTypes(name))) {
    throw new UnsupportedOnFallbackError(`The function ${name}`, 'Reckon in the program, or store the result in a column of its own.');
  }
  const signature = `${call.path.join('.')}(${args.map(typeName).join(', ')})`;
  throw new PgError('42883', `function ${signature} does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
  });
}

/** Empty where it is in a schema that holds no functions. */
function functionName({ path }: Call, { catalog }: Translation): string {
  const [name = '', schema = 'pg_catalog'] = [...path].reverse();
  if (schema === 'pg_catalog' || schema === 'public') return name;
  if ([...catalog.schemas()].includes(schema)) return '';
  throw new PgError('3F000', `schema "${schema}" does not exist`);
}
