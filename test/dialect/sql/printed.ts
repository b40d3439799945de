import type {
  Call,
  Expression,
  OrderItem,
  SelectBody,
  SelectItem,
  SelectStatement,
  TypeName,
  Window,
} from '../../../src/dialect/sql/ast.js';

const name = (text: string) => `"${text.replaceAll('"', '""')}"`;
const names = (path: readonly string[]) => path.map(name).join('.');
const list = (nodes: readonly Expression[]) => nodes.map(printed).join(', ');

/** PostgreSQL's text of an expression, with parentheses around everything: what the tree says without any precedence. */
export function printed(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return node.of === 'string' ? `'${node.text.replaceAll("'", "''")}'` : node.text;
    case 'parameter':
      return `$${node.number}`;
    case 'keyword':
      return node.word === 'current_database' ? 'current_catalog' : node.word;
    case 'column':
      return names(node.path);
    case 'star':
      return [...node.path.map(name), '*'].join('.');
    case 'cast':
      return `CAST(${printed(node.operand)} AS ${typeText(node.type)})`;
    case 'unary':
      return `(${node.operator} ${printed(node.operand)})`;
    case 'binary':
      return `(${printed(node.left)} ${node.operator} ${printed(node.right)})`;
    case 'like': {
      const escape = node.escape ? ` ESCAPE ${printed(node.escape)}` : '';
      return `(${printed(node.operand)}${node.negated ? ' NOT' : ''} ${node.operator} ${printed(node.pattern)}${escape})`;
    }
    case 'quantified':
      return `(${printed(node.left)} ${node.operator} ${node.quantifier} ${node.right.kind === 'subquery' ? printed(node.right) : `(${printed(node.right)})`})`;
    case 'between':
      return `(${printed(node.operand)}${node.negated ? ' NOT' : ''} BETWEEN ${node.symmetric ? 'SYMMETRIC ' : ''}${printed(node.low)} AND ${printed(node.high)})`;
    case 'in':
      return `(${printed(node.operand)}${node.negated ? ' NOT' : ''} IN (${'kind' in node.list ? printedSelect(node.list) : list(node.list)}))`;
    case 'is':
      return `(${printed(node.operand)} IS ${node.negated ? 'NOT ' : ''}${node.what})`;
    case 'call':
      return printedCall(node);
    case 'case': {
      const branches = node.branches.map(({ when, then }) => ` WHEN ${printed(when)} THEN ${printed(then)}`).join('');
      return `CASE ${node.operand ? printed(node.operand) : ''}${branches}${node.otherwise ? ` ELSE ${printed(node.otherwise)}` : ''} END`;
    }
    case 'array':
      return `ARRAY[${list(node.elements)}]`;
    case 'array-subquery':
      return `ARRAY(${printedSelect(node.select)})`;
    case 'row':
      return `ROW(${list(node.elements)})`;
    case 'subscript': {
      const bounds = [node.lower, ...(node.isSlice ? [node.upper] : [])].map((bound) => (bound ? printed(bound) : '')).join(':');
      return `(${printed(node.operand)})[${bounds}]`;
    }
    case 'field':
      return `(${printed(node.operand)}).${node.name === '*' ? '*' : name(node.name)}`;
    case 'subquery':
      return `(${printedSelect(node.select)})`;
    case 'exists':
      return `EXISTS (${printedSelect(node.select)})`;
  }
}

function typeText({ path, modifiers, dimensions }: TypeName): string {
  const [only = ''] = path;
  const [fields = '', precision] = modifiers;
  if (only === 'interval' && /^[a-z]/.test(fields)) return `interval ${fields}${precision ? `(${precision})` : ''}`;
  const digits = modifiers.length > 0 ? `(${modifiers.join(', ')})` : '';
  const [first = '', rest] = / with(?:out)? time zone$/.test(only)
    ? [only.slice(0, only.indexOf(' ')), only.slice(only.indexOf(' '))]
    : [only];
  return `${path.length > 1 ? names(path) : first}${digits}${rest ?? ''}${'[]'.repeat(dimensions)}`;
}

/** Functions whose plain call PostgreSQL knows by another name, or with its arguments turned round. */
function printedCall(node: Call): string {
  const [function_ = ''] = node.path;
  if (function_ === 'extract') return `extract(${node.args.map(printed).join(' FROM ')})`;
  if (function_ === 'position') return `position(${node.args.map(printed).join(' IN ')})`;
  const quoted = node.path.length === 1 && /^(coalesce|greatest|least|nullif|grouping)$/.test(function_) ? function_ : names(node.path);
  const inner = node.star ? '*' : `${node.distinct ? 'DISTINCT ' : ''}${list(node.args)}${orderText(node.orderBy)}`;
  const group = node.withinGroup ? ` WITHIN GROUP (${orderText(node.withinGroup)})` : '';
  const filter = node.filter ? ` FILTER (WHERE ${printed(node.filter)})` : '';
  const over = node.over === undefined ? '' : ` OVER ${typeof node.over === 'string' ? name(node.over) : windowText(node.over)}`;
  return `${quoted}(${inner})${group}${filter}${over}`;
}

function windowText({ base, partitionBy, orderBy, frame }: Window): string {
  return `(${base ? name(base) : ''}${partitionBy.length > 0 ? ` PARTITION BY ${list(partitionBy)}` : ''}${orderText(orderBy)} ${frame ?? ''})`;
}

function orderText(items: readonly OrderItem[]): string {
  const texts = items.map(
    ({ expression, direction, nulls }) => `${printed(expression)} ${direction ?? ''}${nulls ? ` NULLS ${nulls}` : ''}`,
  );
  return texts.length > 0 ? ` ORDER BY ${texts.join(', ')}` : '';
}

function itemText({ expression, alias }: SelectItem): string {
  return `${printed(expression)}${alias === undefined ? '' : ` AS ${name(alias)}`}`;
}

/** Queries as far as the tests need them: without joins. */
export function printedSelect({ body, orderBy, limit, offset }: SelectStatement): string {
  return `${bodyText(body)}${orderText(orderBy)}${limit ? ` LIMIT ${printed(limit)}` : ''}${offset ? ` OFFSET ${printed(offset)}` : ''}`;
}

function bodyText(body: SelectBody): string {
  switch (body.kind) {
    case 'select':
      return `(${printedSelect(body)})`;
    case 'values':
      return `VALUES ${body.rows.map((row) => `(${list(row)})`).join(', ')}`;
    case 'set':
      return `(${bodyText(body.left)} ${body.operator}${body.all ? ' ALL' : ''} ${bodyText(body.right)})`;
    case 'core': {
      const from = body.from.map((source) =>
        source.kind === 'table' ? `${names(source.name)}${source.alias ? ` AS ${name(source.alias)}` : ''}` : '?',
      );
      const where = body.where ? ` WHERE ${printed(body.where)}` : '';
      const group = body.groupBy.length > 0 ? ` GROUP BY ${list(body.groupBy)}` : '';
      return `SELECT ${body.distinct ? 'DISTINCT ' : ''}${body.items.map(itemText).join(', ')}${from.length > 0 ? ` FROM ${from.join(', ')}` : ''}${where}${group}`;
    }
  }
}
