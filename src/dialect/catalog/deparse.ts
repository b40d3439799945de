import type { Cast, Expression, Literal, TypeName } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import { formatType, quoteIdentifier } from '../types/format-type.js';
import type { PgType } from '../types/pg-type.js';
import { without } from './without.js';

/** What PostgreSQL knows when it prints an expression back. */
export interface DeparseContext {
  readonly columnType: (name: string) => PgType | undefined;
  readonly resolve: (type: TypeName) => PgType;
}

interface Shown {
  readonly text: string;
  /** `undefined` where it is not known. */
  readonly type: PgType | undefined;
}

const TEXT: PgType = { key: 'text' };
const BOOL: PgType = { key: 'bool' };

/** Says that an expression is printed as it was written. */
class NotKnown extends Error {}

/**
 * An expression as PostgreSQL's pg_get_expr prints it: in full parentheses, with the types of its constants. `expected` is the type
 * of what it is assigned to. What this doesn't know is printed as it was written.
 */
export function deparse(node: Expression, source: string, context: DeparseContext, expected?: PgType): string {
  try {
    return new Deparser(context).shown(node, expected && withoutLength(expected)).text;
  } catch (error) {
    if (error instanceof NotKnown) return source;
    throw error;
  }
}

const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from']);
const LIKES = { like: '~~', ilike: '~~*' } as const;
/** Functions whose arguments are text. */
const OF_TEXT = new Set(
  'lower upper length char_length btrim ltrim rtrim md5 initcap reverse left right substring substr replace position strpos timezone'.split(
    ' ',
  ),
);

/** What stands to the right of operators that look into JSON. */
const PATHS: Readonly<Record<string, PgType>> = {
  '->': TEXT,
  '->>': TEXT,
  '?': TEXT,
  '#>': { key: 'array', element: TEXT },
  '#>>': { key: 'array', element: TEXT },
  '?|': { key: 'array', element: TEXT },
  '?&': { key: 'array', element: TEXT },
};

class Deparser {
  readonly #context: DeparseContext;

  constructor(context: DeparseContext) {
    this.#context = context;
  }

  shown(node: Expression, expected?: PgType): Shown {
    switch (node.kind) {
      case 'literal':
        return literal(node, expected);
      case 'keyword':
        return keyword(node.word, expected);
      case 'column':
        return this.#column(node.path.at(-1) ?? '');
      case 'cast':
        return this.#cast(node);
      case 'unary':
        return this.#unary(node.operator, node.operand, expected);
      case 'binary':
        return this.#binary(node.operator, node.left, node.right);
      case 'like':
        return this.#operator(`${node.negated ? '!' : ''}${likeOperator(node.operator)}`, node.operand, node.pattern);
      case 'is':
        return this.#is(node);
      case 'between':
        return this.#between(node);
      case 'in':
        return this.#in(node);
      case 'call':
        return this.#call(node);
      case 'array':
        return this.#array(node.elements, expected);
      default:
        throw new NotKnown();
    }
  }

  #column(name: string): Shown {
    const type = this.#context.columnType(name);
    if (type === undefined) throw new NotKnown();
    return { text: quoteIdentifier(name), type };
  }

  #cast({ operand, type: name }: Cast): Shown {
    const type = this.#context.resolve(name);
    if (operand.kind === 'literal' && operand.of === 'string') return constant(operand.text, type);
    if (operand.kind === 'array') return { text: this.#typedArray(operand.elements, type), type };
    const inner = this.shown(operand);
    return { text: castOf(inner, type), type };
  }

  #unary(operator: string, operand: Expression, expected: PgType | undefined): Shown {
    if (operator === 'not') return { text: `(NOT ${this.shown(operand).text})`, type: BOOL };
    if (operator === '-' && operand.kind === 'literal' && operand.of !== 'string') {
      const type = numberType(operand);
      return { text: `'-${operand.text}'::${formatType(type)}`, type };
    }
    const inner = this.shown(operand, expected);
    return { text: `(${operator} ${inner.text})`, type: inner.type };
  }

  #binary(operator: string, left: Expression, right: Expression): Shown {
    if (operator === 'and' || operator === 'or') {
      const parts = [...flat(operator, left), ...flat(operator, right)].map((part) => this.shown(part).text);
      return { text: `(${parts.join(` ${operator.toUpperCase()} `)})`, type: BOOL };
    }
    return this.#operator(operator, left, right);
  }

  #operator(operator: string, left: Expression, right: Expression): Shown {
    if (operator === 'collate') throw new NotKnown();
    if (operator === 'at time zone')
      return { text: `(${this.shown(left).text} AT TIME ZONE ${this.shown(right, TEXT).text})`, type: undefined };
    const [first, second] = this.#operands(left, right, PATHS[operator]);
    const isBool = COMPARISONS.has(operator) || /^!?~~/.test(operator);
    const text = `(${first.text} ${operator.toUpperCase()} ${second.text})`;
    return { text, type: isBool ? BOOL : operator === '->>' || operator === '#>>' ? TEXT : first.type };
  }

  /** A constant takes the type of the other side; varchar has no operators of its own, so that both become text. */
  #operands(left: Expression, right: Expression, path?: PgType): readonly [Shown, Shown] {
    const first = isUnknown(left) ? undefined : asText(this.shown(left));
    const second = isUnknown(right) ? undefined : asText(this.shown(right));
    return [first ?? this.shown(left, typeBeside(second)), second ?? this.shown(right, path ?? typeBeside(first))];
  }

  #is({ operand, what, negated }: Extract<Expression, { kind: 'is' }>): Shown {
    return { text: `(${this.shown(operand).text} IS ${negated ? 'NOT ' : ''}${what.toUpperCase()})`, type: BOOL };
  }

  #between({ operand, low, high, negated, symmetric }: Extract<Expression, { kind: 'between' }>): Shown {
    if (symmetric) throw new NotKnown();
    const [first, second] = negated ? ['<', '>'] : ['>=', '<='];
    const parts = [this.#operator(first, operand, low).text, this.#operator(second, operand, high).text];
    return { text: `(${parts.join(negated ? ' OR ' : ' AND ')})`, type: BOOL };
  }

  #in({ operand, list, negated }: Extract<Expression, { kind: 'in' }>): Shown {
    if (!Array.isArray(list)) throw new NotKnown();
    const plain = this.shown(operand);
    const type = plain.type;
    if (type === undefined) throw new NotKnown();
    const elements = (list as readonly Expression[]).map((element) => this.shown(element, type).text).join(', ');
    const array = type.key === 'varchar' ? `(ARRAY[${elements}])::text[]` : `ARRAY[${elements}]`;
    const quantifier = negated ? 'ALL' : 'ANY';
    return { text: `(${asText(plain).text} ${negated ? '<>' : '='} ${quantifier} (${array}))`, type: BOOL };
  }

  #call({ path, args, star, distinct, orderBy, filter, over }: Extract<Expression, { kind: 'call' }>): Shown {
    if (star || distinct || orderBy.length > 0 || filter || over) throw new NotKnown();
    const name = path.at(-1) ?? '';
    if (!OF_TEXT.has(name) && args.some(isUnknown)) throw new NotKnown();
    const shown = args.map((arg) => (isUnknown(arg) ? this.shown(arg, TEXT) : asText(this.shown(arg))).text);
    const label = path
      .filter((part) => part !== 'pg_catalog')
      .map(quoteIdentifier)
      .join('.');
    if (name === 'coalesce' || name === 'nullif' || name === 'greatest' || name === 'least') {
      return { text: `${name.toUpperCase()}(${shown.join(', ')})`, type: undefined };
    }
    return { text: `${label}(${shown.join(', ')})`, type: OF_TEXT.has(name) ? TEXT : undefined };
  }

  /** The cast of a constructor is the cast of its elements. */
  #typedArray(elements: readonly Expression[], type: PgType): string {
    const array = this.#array(elements, type);
    if (elements.length > 0) return array.text;
    const bare = formatType(type.element === undefined ? type : { ...type, element: withoutLength(type.element) });
    const limited = formatType(type);
    return bare === limited ? `ARRAY[]::${bare}` : `(ARRAY[]::${bare})::${limited}`;
  }

  #array(elements: readonly Expression[], expected: PgType | undefined): Shown {
    const element = expected?.element ?? TEXT;
    if (elements.length === 0) return { text: 'ARRAY[]', type: undefined };
    return { text: `ARRAY[${elements.map((each) => this.shown(each, element).text).join(', ')}]`, type: { key: 'array', element } };
  }
}

/** What a string is beside another operand; beside another string it is text. */
function typeBeside(other: Shown | undefined): PgType {
  if (other === undefined) return TEXT;
  if (other.type === undefined) throw new NotKnown();
  return other.type;
}

const isUnknown = (node: Expression): boolean => node.kind === 'literal' && node.of === 'string';

function flat(operator: string, node: Expression): readonly Expression[] {
  return node.kind === 'binary' && node.operator === operator ? [...flat(operator, node.left), ...flat(operator, node.right)] : [node];
}

function likeOperator(operator: 'like' | 'ilike' | 'similar to'): string {
  if (operator === 'similar to') throw new NotKnown();
  return LIKES[operator];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const numberType = ({ of, text }: Literal): PgType => {
  if (of === 'decimal') return { key: 'numeric' };
  return BigInt(text) <= 2147483647n ? { key: 'int4' } : { key: 'int8' };
};

/** A string that stands for a value of the type, as that value is printed. */
function constant(text: string, type: PgType): Shown {
  const value = valueText(text, type);
  if (type.key === 'bool') return { text: value === 't' ? 'true' : 'false', type };
  const isBare = (type.key === 'int4' && /^\d+$/.test(value)) || (type.key === 'numeric' && /^\d+(?:\.\d+)?$/.test(value));
  return { text: isBare ? value : `${quoted(value)}::${formatType(type)}`, type };
}

/** Text is kept: only storing it cuts it or fills it up. */
function valueText(text: string, type: PgType): string {
  if (type.key === 'bpchar' || type.key === 'varchar') return text;
  try {
    const codec = codecFor(type);
    return codec.output(codec.input(text));
  } catch {
    return text;
  }
}

function literal(node: Literal, expected: PgType | undefined): Shown {
  return node.of === 'string' ? constant(node.text, expected ?? TEXT) : { text: node.text, type: numberType(node) };
}

/** A default is printed without the length that it is cut to when it is stored. */
const withoutLength = (type: PgType): PgType => without(type, 'modifiers', 'scale');

function keyword(word: string, expected: PgType | undefined): Shown {
  if (word === 'true' || word === 'false') return { text: word, type: BOOL };
  if (word === 'null') return { text: expected === undefined ? 'NULL' : `NULL::${formatType(expected)}`, type: expected };
  return { text: word.toUpperCase(), type: undefined };
}

function asText(shown: Shown): Shown {
  return shown.type?.key === 'varchar' || shown.type?.key === 'name' ? { text: castOf(shown, TEXT), type: TEXT } : shown;
}

const castOf = ({ text }: Shown, type: PgType): string =>
  `${/^(?:\(.*\)|ARRAY\[.*\])$/.test(text) ? text : `(${text})`}::${formatType(type)}`;
