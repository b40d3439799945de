import { UnsupportedOnFallbackError } from '../../errors.js';
import type { Call, Expression, FunctionSource, SelectCore, SelectItem } from '../sql/ast.js';
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
  const call = item.expression;
  if (sets.length > 1 || !isSetReturning(call) || isGrouped(core)) {
    throw new UnsupportedOnFallbackError(
      'A set-returning function within another expression or a grouped query',
      'Call the function in FROM.',
    );
  }
  const source: FunctionSource = { kind: 'function', call, lateral: true, withOrdinality: false, alias: ALIAS, columnAliases: [ALIAS] };
  return { ...core, items: core.items.map((other) => (other === item ? ofSource(other, call) : other)), from: [...core.from, source] };
}

function isSetReturning(node: Expression): node is Call {
  return node.kind === 'call' && Object.hasOwn(tableFunctions, node.path.at(-1) ?? '');
}

function ofSource({ alias }: SelectItem, call: Call): SelectItem {
  return { expression: { kind: 'column', path: [ALIAS, ALIAS], isQuoted: true }, alias: alias ?? call.path.at(-1) ?? '' };
}

function isGrouped({ groupBy, having, items }: SelectCore): boolean {
  return groupBy.length > 0 || having !== undefined || items.some(({ expression }) => some(expression, isAggregate));
}
