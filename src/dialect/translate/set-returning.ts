import { UnsupportedOnFallbackError } from '../../errors.js';
import type { Binary, Call, Expression, FunctionSource, SelectCore, SelectItem } from '../sql/ast.js';
import { isAggregate } from './aggregate-calls.js';
import { tableFunctions } from './table-functions.js';
import { some } from './walk.js';

/** Where such a function stands in FROM: no program can write this name unquoted. */
const ALIAS = 'set returned';

/** The query with a function that gives rows (`SELECT unnest(tags) FROM …`) moved into FROM, where it means the same. */
export function withSetsInFrom(core: SelectCore): SelectCore {
  const sets = core.items.filter(({ expression }) => some(expression, isSetReturning));
  const [item] = sets;
  if (!item) return core;
  const call = setIn(item.expression);
  if (sets.length > 1 || !call || isGrouped(core)) {
    throw new UnsupportedOnFallbackError(
      'A set-returning function within another expression or a grouped query',
      'Call the function in FROM.',
    );
  }
  if (/_each(_text)?$/.test(call.path.at(-1) ?? '')) {
    throw new UnsupportedOnFallbackError('Rows of several columns as one value of the result', 'Call the function in FROM.');
  }
  const source: FunctionSource = { kind: 'function', call, lateral: true, withOrdinality: false, alias: ALIAS, columnAliases: [ALIAS] };
  return { ...core, items: core.items.map((other) => (other === item ? ofSource(other, call) : other)), from: [...core.from, source] };
}

function isSetReturning(node: Expression): node is Call {
  return node.kind === 'call' && Object.hasOwn(tableFunctions, node.path.at(-1) ?? '');
}

/** The call itself, or the left operand of operators and casts: `jsonb_array_elements(list) ->> 'name'`. */
function setIn(node: Expression): Call | undefined {
  if (isSetReturning(node)) return node;
  if (node.kind === 'cast') return setIn(node.operand);
  return isOperation(node) && !some(node.right, isSetReturning) ? setIn(node.left) : undefined;
}

function isOperation(node: Expression): node is Binary {
  return node.kind === 'binary' && node.operator !== 'and' && node.operator !== 'or';
}

function isCalculated(node: Expression): boolean {
  return node.kind === 'cast' ? isCalculated(node.operand) : isOperation(node);
}

function ofSource({ expression, alias }: SelectItem, call: Call): SelectItem {
  const name = alias ?? (isCalculated(expression) ? undefined : call.path.at(-1));
  return { expression: withColumn(expression), ...(name !== undefined && { alias: name }) };
}

/** The expression with the column of FROM in place of the call. */
function withColumn(node: Expression): Expression {
  if (node.kind === 'cast') return { ...node, operand: withColumn(node.operand) };
  return isOperation(node) ? { ...node, left: withColumn(node.left) } : { kind: 'column', path: [ALIAS, ALIAS], isQuoted: true };
}

function isGrouped({ groupBy, having, items }: SelectCore): boolean {
  return groupBy.length > 0 || having !== undefined || items.some(({ expression }) => some(expression, isAggregate));
}
