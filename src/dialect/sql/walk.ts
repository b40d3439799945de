import type {
  Assignment,
  DataStatement,
  Expression,
  FromSource,
  InsertStatement,
  OnConflict,
  OrderItem,
  SelectBody,
  SelectCore,
  SelectItem,
  SelectStatement,
  Window,
  With,
} from './ast.js';

type Expressions = readonly Expression[];

/** The expressions that an expression is directly made of; not those within a query in it (`innerSelect`). */
export function childExpressions(node: Expression): Expressions {
  switch (node.kind) {
    case 'literal':
    case 'parameter':
    case 'keyword':
    case 'column':
    case 'star':
    case 'subquery':
    case 'exists':
    case 'array-subquery':
      return [];
    case 'cast':
    case 'unary':
    case 'is':
    case 'field':
      return [node.operand];
    case 'binary':
    case 'quantified':
      return [node.left, node.right];
    case 'like':
      return present(node.operand, node.pattern, node.escape);
    case 'between':
      return [node.operand, node.low, node.high];
    case 'in':
      return 'kind' in node.list ? [node.operand] : [node.operand, ...node.list];
    case 'call':
      return [
        ...node.args,
        ...ordered(node.orderBy),
        ...ordered(node.withinGroup),
        ...present(node.filter),
        ...windowExpressions(node.over),
      ];
    case 'case':
      return [...present(node.operand), ...node.branches.flatMap(({ when, then }) => [when, then]), ...present(node.otherwise)];
    case 'array':
    case 'row':
      return node.elements;
    case 'subscript':
      return present(node.operand, node.lower, node.upper);
  }
}

/** The query that an expression holds. */
export function innerSelect(node: Expression): SelectStatement | undefined {
  switch (node.kind) {
    case 'subquery':
    case 'exists':
    case 'array-subquery':
      return node.select;
    case 'in':
      return 'kind' in node.list ? node.list : undefined;
    default:
      return undefined;
  }
}

/** Visits every expression of a statement, outer ones before inner ones, also within its queries. */
export function forEachExpression(statement: DataStatement, visit: (node: Expression) => void): void {
  const walk = (nodes: Expressions): void => {
    for (const node of nodes) {
      visit(node);
      walk(childExpressions(node));
      const select = innerSelect(node);
      if (select !== undefined) forEachExpression(select, visit);
    }
  };
  for (const part of partsOf(statement)) {
    if ('statement' in part) forEachExpression(part.statement, visit);
    else walk(part.expressions);
  }
}

/** A part of a statement: expressions, or a query within. */
type Part = { readonly expressions: Expressions } | { readonly statement: DataStatement };

function partsOf(statement: DataStatement): Part[] {
  const parts = withParts(statement.with);
  switch (statement.kind) {
    case 'select':
      return [...parts, ...bodyParts(statement.body), expressions(ordered(statement.orderBy), present(statement.limit, statement.offset))];
    case 'insert':
      return [...parts, ...insertParts(statement)];
    case 'update':
      return [...parts, expressions(assigned(statement.set)), ...statement.from.flatMap(fromParts), tail(statement)];
    case 'delete':
      return [...parts, ...statement.using.flatMap(fromParts), tail(statement)];
  }
}

function withParts(clause: With | undefined): Part[] {
  return clause?.tables.map(({ statement }) => ({ statement })) ?? [];
}

function bodyParts(body: SelectBody): Part[] {
  switch (body.kind) {
    case 'core':
      return coreParts(body);
    case 'values':
      return [expressions(body.rows.flat())];
    case 'set':
      return [...bodyParts(body.left), ...bodyParts(body.right)];
    case 'select':
      return [{ statement: body }];
  }
}

function coreParts(core: SelectCore): Part[] {
  return [
    expressions(core.distinctOn, selected(core.items)),
    ...core.from.flatMap(fromParts),
    expressions(
      present(core.where),
      core.groupBy,
      present(core.having),
      core.windows.flatMap(({ window }) => windowExpressions(window)),
    ),
  ];
}

function fromParts(source: FromSource): Part[] {
  switch (source.kind) {
    case 'table':
      return [];
    case 'subquery':
      return [{ statement: source.select }];
    case 'function':
      return [expressions([source.call])];
    case 'join':
      return [...fromParts(source.left), ...fromParts(source.right), expressions(present(source.on))];
  }
}

function insertParts({ source, onConflict, returning }: InsertStatement): Part[] {
  const rows = source === 'default values' ? [] : source.kind === 'values' ? bodyParts(source) : [{ statement: source }];
  return [...rows, expressions(conflictExpressions(onConflict), selected(returning))];
}

function conflictExpressions(clause: OnConflict | undefined): Expressions {
  if (clause === undefined) return [];
  const target =
    clause.target !== undefined && 'columns' in clause.target ? [...clause.target.columns, ...present(clause.target.where)] : [];
  return clause.action === 'nothing' ? target : [...target, ...assigned(clause.action.set), ...present(clause.action.where)];
}

function tail({ where, returning }: { readonly where?: Expression; readonly returning: readonly SelectItem[] }): Part {
  return expressions(present(where), selected(returning));
}

function expressions(...lists: readonly Expressions[]): Part {
  return { expressions: lists.flat() };
}

function windowExpressions(window: Window | string | undefined): Expressions {
  return typeof window === 'object' ? [...window.partitionBy, ...ordered(window.orderBy)] : [];
}

function ordered(items: readonly OrderItem[] = []): Expressions {
  return items.map(({ expression }) => expression);
}

function selected(items: readonly SelectItem[]): Expressions {
  return items.map(({ expression }) => expression);
}

function assigned(set: readonly Assignment[]): Expressions {
  return set.map(({ value }) => value);
}

function present(...nodes: readonly (Expression | undefined)[]): Expressions {
  return nodes.filter((node) => node !== undefined);
}
