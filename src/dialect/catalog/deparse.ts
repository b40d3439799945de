import type { Cast, Expression, Literal, TypeName } from '../sql/ast.js';
import { codecFor } from '../types/codecs.js';
import { formatType, quoteIdentifier } from '../types/format-type.js';
import type { PgType } from '../types/pg-type.js';
import { without } from './without.js';

/** What PostgreSQL knows when it prints an expression back. */
export interface DeparseContext {
  readonly columnType: (name: string) => PgType | undefined;
  readonly resolve: (type: TypeName) => PgType;
  /** The type of what is not a column, a constant or a cast. */
  readonly typeOf: (node: Expression) => PgType | undefined;
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
    return new Deparser(context, source).shown(node, expected && withoutLength(expected)).text;
  } catch (error) {
    if (error instanceof NotKnown) return source;
    throw error;
  }
}

const NOW = new Set(['current_time', 'current_timestamp', 'localtime', 'localtimestamp']);
const COMPARISONS = new Set(['=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from']);
const LIKES = { like: '~~', ilike: '~~*' } as const;
/** Functions whose arguments are text. */
const OF_TEXT = new Set(
  'lower upper length char_length btrim ltrim rtrim md5 initcap reverse left right substring substr replace position strpos timezone'.split(
    ' ',
  ),
);

/** What a string is as an argument of these functions, by its position: where it is alone it would be of an unknown type. */
const ARGUMENTS: Readonly<Record<string, readonly PgType[]>> = {
  date_trunc: [TEXT],
  date_part: [TEXT],
  to_char: [TEXT, TEXT],
  to_date: [TEXT, TEXT],
  to_timestamp: [TEXT, TEXT],
  encode: [TEXT, TEXT],
  decode: [TEXT, TEXT],
  regexp_replace: [TEXT, TEXT, TEXT, TEXT],
  split_part: [TEXT, TEXT],
  concat: [TEXT, TEXT, TEXT, TEXT, TEXT],
  jsonb_extract_path_text: [TEXT, TEXT, TEXT, TEXT],
  array_to_string: [TEXT, TEXT, TEXT],
};
/** Their first argument is a configuration. */
const CONFIGURED = new Set(['to_tsvector', 'to_tsquery', 'plainto_tsquery', 'phraseto_tsquery', 'websearch_to_tsquery']);
const CHOOSING = new Set(['coalesce', 'greatest', 'least']);

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
  readonly #source: string;

  constructor(context: DeparseContext, source: string) {
    this.#context = context;
    this.#source = source;
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
      case 'quantified':
        return this.#quantified(node);
      case 'case':
        return this.#case(node);
      case 'subscript':
        return this.#subscript(node);
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
    if (operand.kind === 'keyword' && NOW.has(operand.word))
      return { text: `${operand.word.toUpperCase()}(${name.modifiers.join(', ')})`, type };
    if (operand.kind === 'literal' && operand.of === 'string') return constant(operand.text, type);
    if (operand.kind === 'array') return { text: this.#typedArray(operand.elements, type), type };
    const inner = this.shown(operand);
    // A cast to the type that a value has is nothing (coerce_type of src/backend/parser/parse_coerce.c, 17).
    if (inner.type !== undefined && formatType(inner.type) === formatType(type)) return inner;
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
    const isBool = COMPARISONS.has(operator) || /^!?~~/.test(operator);
    const type = isBool ? BOOL : operator === '->>' || operator === '#>>' ? TEXT : this.#typeOf({ kind: 'binary', operator, left, right });
    if (operator === 'at time zone') return { text: `(${this.shown(left).text} AT TIME ZONE ${this.shown(right, TEXT).text})`, type };
    const [first, second] = this.#operands(left, right, PATHS[operator]);
    const [a, b] = operator in PATHS ? [first, second] : alike(first, second, operator);
    return { text: `(${a.text} ${operator.toUpperCase()} ${b.text})`, type };
  }

  #typeOf(node: Expression): PgType | undefined {
    const type = this.#context.typeOf(node);
    return type && withoutLength(type);
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
    if (plain.type === undefined) throw new NotKnown();
    const type = withoutLength(plain.type);
    const listed = list as readonly Expression[];
    const [only] = listed;
    if (listed.length === 1 && only !== undefined) return this.#operator(negated ? '<>' : '=', operand, only);
    const elements = listed.map((element) => numberAs(this.shown(element, type), type).text).join(', ');
    const array = type.key === 'varchar' ? `(ARRAY[${elements}])::text[]` : `ARRAY[${elements}]`;
    const quantifier = negated ? 'ALL' : 'ANY';
    return { text: `(${asText(plain).text} ${negated ? '<>' : '='} ${quantifier} (${array}))`, type: BOOL };
  }

  #call(node: Extract<Expression, { kind: 'call' }>): Shown {
    const { path, args, star, distinct, orderBy, filter, over } = node;
    if (star || distinct || orderBy.length > 0 || filter || over) throw new NotKnown();
    const name = path.at(-1) ?? '';
    const type = OF_TEXT.has(name) ? TEXT : this.#typeOf(node);
    const [first, second] = args;
    if (name === 'extract' && first?.kind === 'literal' && second)
      return { text: `EXTRACT(${first.text} FROM ${this.shown(second).text})`, type: { key: 'numeric' } };
    if (CHOOSING.has(name)) return { text: `${name.toUpperCase()}(${args.map((arg) => this.#chosen(arg, type)).join(', ')})`, type };
    if (name === 'nullif' && first && second) {
      const [a, b] = alike(...this.#operands(first, second), '=');
      return { text: `NULLIF(${a.text}, ${b.text})`, type: a.type };
    }
    const spelled = this.#spelled(name, args);
    if (spelled !== undefined) return { text: spelled, type };
    const shown = args.map(
      (arg, index) => (isUnknown(arg) ? this.shown(arg, argumentType(name, index, args.length)) : asText(this.shown(arg))).text,
    );
    const label = path
      .filter((part) => part !== 'pg_catalog' && (part !== 'public' || path.length === 1))
      .map(quoteIdentifier)
      .join('.');
    return { text: `${label}(${shown.join(', ')})`, type };
  }

  /** A call that is printed with words between its arguments, as it was written. */
  #spelled(name: string, args: readonly Expression[]): string | undefined {
    const has = (pattern: RegExp) => pattern.test(this.#source);
    const text = (node: Expression | undefined) => (node === undefined ? '' : this.shown(node, TEXT).text);
    const [first, second, third] = args;
    if (name === 'substring' && has(/\bsubstring\s*\([^,]*\b(?:from|for)\b/i))
      return `SUBSTRING(${text(first)} FROM ${text(second)}${third === undefined ? '' : ` FOR ${text(third)}`})`;
    if (name === 'position' && has(/\bposition\s*\([^,]*\bin\b/i)) return `POSITION((${text(first)}) IN (${text(second)}))`;
    const side = /^(b|l|r)trim$/.exec(name)?.[1];
    if (side === undefined || !has(/\btrim\s*\(/i)) return undefined;
    return `TRIM(${{ b: 'BOTH', l: 'LEADING', r: 'TRAILING' }[side as 'b']}${second === undefined ? '' : ` ${text(second)}`} FROM ${text(first)})`;
  }

  #quantified({ operator, quantifier, left, right }: Extract<Expression, { kind: 'quantified' }>): Shown {
    if (!COMPARISONS.has(operator)) throw new NotKnown();
    const known = isUnknown(left) ? undefined : asText(this.shown(left));
    const list = asTexts(this.shown(right, known?.type && { key: 'array', element: known.type }));
    const value = known ?? this.shown(left, list.type?.element ?? TEXT);
    return { text: `(${value.text} ${operator.toUpperCase()} ${quantifier.toUpperCase()} (${list.text}))`, type: BOOL };
  }

  /** Its lines are PostgreSQL's, also within others. */
  #case(node: Extract<Expression, { kind: 'case' }>): Shown {
    const type = this.#typeOf(node);
    const { operand, branches, otherwise } = node;
    const subject = operand && this.shown(operand);
    const when = (each: Expression) => (subject === undefined ? this.shown(each) : this.shown(each, subject.type)).text;
    const lines = branches.map((branch) => `    WHEN ${when(branch.when)} THEN ${this.#chosen(branch.then, type)}\n`);
    const last = otherwise === undefined ? `NULL::${type && formatType(type)}` : this.#chosen(otherwise, type);
    return { text: `\nCASE${subject === undefined ? '' : ` ${subject.text}`}\n${lines.join('')}    ELSE ${last}\nEND`, type };
  }

  #subscript({ operand, isSlice, lower }: Extract<Expression, { kind: 'subscript' }>): Shown {
    if (isSlice || operand.kind !== 'column' || lower === undefined) throw new NotKnown();
    const array = this.shown(operand);
    return { text: `${array.text}[${this.shown(lower).text}]`, type: array.type?.element };
  }

  /** One of several values that have a type in common. */
  #chosen(node: Expression, type: PgType | undefined): string {
    if (type === undefined) throw new NotKnown();
    return numberAs(this.shown(node, type), type).text;
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
  const isBare = (type.key === 'int4' && /^\d+$/.test(value)) || (type.key === 'numeric' && /^\d+\.\d+$/.test(value));
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
  if (node.of === 'string') return constant(node.text, expected ?? TEXT);
  return /e/i.test(node.text) ? constant(node.text, NUMERIC) : { text: node.text, type: numberType(node) };
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

function asTexts(shown: Shown): Shown {
  const texts: PgType = { key: 'array', element: TEXT };
  return shown.type?.element?.key === 'varchar' ? { text: castOf(shown, texts), type: texts } : shown;
}

const castOf = ({ text }: Shown, type: PgType): string => `(${text})::${formatType(type)}`;

/** @throws NotKnown where the function may be one of several */
function argumentType(name: string, index: number, count: number): PgType {
  if (OF_TEXT.has(name)) return TEXT;
  if (CONFIGURED.has(name)) return index === 0 && count > 1 ? { key: 'regconfig' as never } : TEXT;
  const type = ARGUMENTS[name]?.[index];
  if (type === undefined) throw new NotKnown();
  return type;
}

const WHOLE: ReadonlySet<string> = new Set(['int2', 'int4', 'int8']);
const FLOATS: ReadonlySet<string> = new Set(['float4', 'float8']);
const isNumber = (type: PgType | undefined): type is PgType =>
  type !== undefined && (WHOLE.has(type.key) || FLOATS.has(type.key) || type.key === 'numeric');

/** Both sides of an operator of numbers: PostgreSQL has some for two types, and else makes one type of both. */
function alike(first: Shown, second: Shown, operator: string): readonly [Shown, Shown] {
  const { type: a } = first;
  const { type: b } = second;
  if (!isNumber(a) || !isNumber(b) || a.key === b.key) return [first, second];
  if (FLOATS.has(a.key) && FLOATS.has(b.key)) return [first, second];
  if (FLOATS.has(a.key) || FLOATS.has(b.key))
    return [FLOATS.has(a.key) ? first : numberAs(first, DOUBLE), FLOATS.has(b.key) ? second : numberAs(second, DOUBLE)];
  if (a.key === 'numeric' || b.key === 'numeric') return [numberAs(first, NUMERIC), numberAs(second, NUMERIC)];
  const wider = [a, b].find(({ key }) => key === 'int8') ?? { key: 'int4' };
  return operator === '%' ? [numberAs(first, wider), numberAs(second, wider)] : [first, second];
}

const DOUBLE: PgType = { key: 'float8' };
const NUMERIC: PgType = { key: 'numeric' };

const numberAs = (shown: Shown, type: PgType): Shown =>
  isNumber(shown.type) && isNumber(type) && shown.type.key !== type.key ? { text: castOf(shown, type), type } : shown;
