import type { Binary, Call, Cast, Expression, Row, TypeName } from '../dialect/sql/ast.js';
import { parseExpressionText } from '../dialect/sql/parser.js';
import { type ArrayText, printArray } from '../dialect/types/composite/array-literal.js';
import { codecFor } from '../dialect/types/codecs.js';
import type { PgType } from '../dialect/types/pg-type.js';

/**
 * Whether two expressions say the same, however they are written: PostgreSQL prints parentheses and the types of constants, and
 * `x IN (…)` as `x = ANY (ARRAY[…])`. What can't be read is compared as it is written.
 */
export const isSameExpression = (one: string | undefined, other: string | undefined): boolean =>
  one === other || (one !== undefined && other !== undefined && meaningOf(one) === meaningOf(other));

/** Whether two defaults give the same value to a column; `'{}'` and `ARRAY[]`, `1` and `1.00` do where the type says so. */
export function isSameDefault(one: string | undefined, other: string | undefined, type: PgType | undefined): boolean {
  if (isSameExpression(one, other)) return true;
  if (one === undefined || other === undefined || type === undefined) return false;
  const value = storedConstant(one, type);
  return value !== undefined && value === storedConstant(other, type);
}

/** A default of NULL is none, whatever type it is given (`NULL::character varying`). */
export function isNullConstant(text: string): boolean {
  const node = parsed(text);
  const inner = node && withoutCasts(node);
  return inner?.kind === 'keyword' && inner.word === 'null';
}

function parsed(text: string): Expression | undefined {
  try {
    return parseExpressionText(text);
  } catch {
    // A server's language is larger than what the fallback reads.
    return undefined;
  }
}

function meaningOf(text: string): string {
  const node = parsed(text);
  return node === undefined ? text.replace(/\s+/g, ' ').trim() : JSON.stringify(plain(node));
}

const withoutCasts = (node: Expression): Expression => (node.kind === 'cast' ? withoutCasts(node.operand) : node);

function storedConstant(text: string, type: PgType): string | undefined {
  const node = parsed(text);
  const constant = node && constantOf(node);
  if (constant === undefined) return undefined;
  try {
    return JSON.stringify(codecFor(type).input(typeof constant === 'string' ? constant : printArray(constant)));
  } catch {
    return undefined;
  }
}

function constantOf(node: Expression): string | ArrayText | undefined {
  switch (node.kind) {
    case 'cast':
      return constantOf(node.operand);
    case 'literal':
      return node.text;
    case 'keyword':
      return node.word === 'true' || node.word === 'false' ? node.word : undefined;
    case 'unary':
      return node.operator === '-' && node.operand.kind === 'literal' ? `-${node.operand.text}` : undefined;
    case 'array': {
      const elements = node.elements.map(constantOf).filter((element) => element !== undefined);
      return elements.length === node.elements.length ? elements : undefined;
    }
    default:
      return undefined;
  }
}

/** Functions that do the same. */
const SAME_CALLS: Readonly<Record<string, string>> = {
  transaction_timestamp: 'now',
  uuid_generate_v4: 'gen_random_uuid',
  date_part: 'extract',
  char_length: 'length',
  character_length: 'length',
};

/** What a part of a syntax tree says, as something that JSON prints the same for all ways to write it. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const node = value as Expression;
  switch (node.kind) {
    case 'literal':
      return { constant: node.text };
    case 'keyword':
      return plainKeyword(node.word);
    case 'column':
      return { column: node.path.at(-1) };
    case 'cast':
      return plainCast(node);
    case 'unary':
      return node.operator === '-' && node.operand.kind === 'literal'
        ? { constant: `-${node.operand.text}` }
        : { prefix: node.operator, operand: plain(node.operand) };
    case 'binary':
      return plainBinary(node);
    case 'between':
      return plainBetween(node);
    case 'in':
      return Array.isArray(node.list) ? plainList(node.negated, node.operand, node.list as readonly Expression[]) : plainParts(node);
    case 'call':
      return plainCall(node);
    default:
      return plainParts(node);
  }
}

const plainParts = (node: object): unknown => Object.fromEntries(Object.entries(node).map(([name, part]) => [name, plain(part)]));

function plainKeyword(word: string): unknown {
  if (word === 'true' || word === 'false') return { constant: word };
  return word === 'current_timestamp' ? { call: 'now', args: [] } : { keyword: word };
}

/** The type of a constant follows from where it stands; and varchar has no operators but those of text. */
function plainCast({ operand, type }: Cast): unknown {
  const inner = withoutCasts(operand);
  const isConstant = inner.kind === 'literal' || inner.kind === 'keyword' || inner.kind === 'array';
  const isNegative = inner.kind === 'unary' && inner.operand.kind === 'literal';
  return isConstant || isNegative || isText(type) ? plain(operand) : { cast: plainParts(type), operand: plain(operand) };
}

const isText = ({ path, modifiers }: TypeName): boolean =>
  modifiers.length === 0 && ['text', 'varchar', 'character varying'].includes(path.at(-1) ?? '');

function plainBinary(node: Binary): unknown {
  const { operator, left, right } = node;
  if (left.kind === 'row' && right.kind === 'row' && (operator === '=' || operator === '<>')) return plainRows(operator, left, right);
  if (operator !== 'and' && operator !== 'or') return { operator, left: plain(left), right: plain(right) };
  return plainAll(operator, [left, right]);
}

const flat = (operator: string, node: Expression): readonly Expression[] =>
  node.kind === 'binary' && node.operator === operator ? [...flat(operator, node.left), ...flat(operator, node.right)] : [node];

/** Rows are equal where each part is. */
function plainRows(operator: '=' | '<>', left: Row, right: Row): unknown {
  const parts = left.elements.map((element, index): Expression => {
    return { kind: 'binary', operator, left: element, right: right.elements[index] ?? element };
  });
  return plainAll(operator === '=' ? 'and' : 'or', parts);
}

type Between = Extract<Expression, { kind: 'between' }>;

function plainBetween({ symmetric, ...node }: Between): unknown {
  const { low, high, negated } = node;
  const between = (from: Expression, to: Expression): Expression => ({ ...node, symmetric: false, low: from, high: to });
  if (symmetric) return plainAll(negated ? 'and' : 'or', [between(low, high), between(high, low)]);
  const side = (operator: string, right: Expression): Binary => ({ kind: 'binary', operator, left: node.operand, right });
  return negated ? plainAll('or', [side('<', low), side('>', high)]) : plainAll('and', [side('>=', low), side('<=', high)]);
}

const plainAll = (operator: 'and' | 'or', parts: readonly Expression[]): unknown => {
  const all = parts.flatMap((part) => flat(operator, part)).map((part) => JSON.stringify(plain(part)));
  return { [operator]: all.sort() };
};

function plainList(negated: boolean, left: Expression, elements: readonly Expression[]): unknown {
  const [operator, quantifier] = negated ? ['<>', 'all'] : ['=', 'any'];
  return plainParts({ kind: 'quantified', operator, quantifier, left, right: { kind: 'array', elements } });
}

function plainCall({ path, args, ...more }: Call): unknown {
  const name = path.at(-1) ?? '';
  const { star, distinct, orderBy, filter, over } = more;
  const rest = star || distinct || orderBy.length > 0 || filter !== undefined || over !== undefined ? plainParts(more) : undefined;
  return { call: SAME_CALLS[name] ?? name, args: args.map(plain), rest };
}
