import type { Difference } from './difference.js';
import { isSameDefault, isSameExpression } from './same-expression.js';
import type { ColumnShape, TableShape } from './table-shape.js';

/** What differs in the columns that should be there and are, and which are missing or more. */
export function columnDifferences(expected: TableShape, actual: TableShape): Difference[] {
  const isView = expected.kind !== 'table' || actual.kind !== 'table';
  const found = new Map(actual.columns.map((column) => [column.name, column]));
  const wanted = new Set(expected.columns.map(({ name }) => name));
  const shared = expected.columns.flatMap((column) => {
    const { name } = column;
    const other = found.get(name);
    if (other === undefined) return [{ kind: 'missing-column', name, expected: column.type ?? 'a column', found: undefined } as const];
    return isView ? typeDifferences(column, other) : [...typeDifferences(column, other), ...valueDifferences(column, other)];
  });
  return [...shared, ...actual.columns.filter(({ name }) => !wanted.has(name)).map(extraColumn)];
}

function extraColumn(column: ColumnShape): Difference {
  const needsValue = column.notNull && column.default === undefined && column.numbering === undefined && column.generated === undefined;
  const found = needsValue ? `${column.type}, must have a value and has no default` : column.type;
  return { kind: 'extra-column', name: column.name, expected: undefined, found, ...(needsValue && { hinders: true }) };
}

function typeDifferences(expected: ColumnShape, actual: ColumnShape): Difference[] {
  const { name } = expected;
  if (expected.type === undefined || actual.type === undefined) return [];
  if (comparable(expected.type) !== comparable(actual.type)) return [{ kind: 'type', name, expected: expected.type, found: actual.type }];
  const [labels, others] = [labelsOf(expected), labelsOf(actual)];
  return labels === others ? [] : [{ kind: 'enum', name, expected: labels, found: others }];
}

/**
 * PostGIS writes Point where POINT was said. Sequelize leaves the precision of DATE out, which a migration may say: six digits are what
 * PostgreSQL has anyway, and three are what a Date of JavaScript has.
 */
function comparable(type: string): string {
  if (/^geo(?:metry|graphy)\(/.test(type)) return type.toLowerCase();
  return type.replace(/^(time(?:stamp)?)\([36]\)/, '$1');
}

const labelsOf = ({ labels }: ColumnShape): string | undefined => labels?.map((label) => `'${label.replaceAll("'", "''")}'`).join(', ');

function valueDifferences(expected: ColumnShape, actual: ColumnShape): Difference[] {
  const { name } = expected;
  if (expected.type === undefined) return [];
  const differences: Difference[] = [];
  if (expected.notNull !== actual.notNull)
    differences.push({ kind: 'nullability', name, expected: nullabilityOf(expected), found: nullabilityOf(actual) });
  if ((expected.numbering === undefined) !== (actual.numbering === undefined))
    differences.push({ kind: 'auto-increment', name, expected: numberingOf(expected), found: numberingOf(actual) });
  else if (numberingOf(expected) !== numberingOf(actual) && expected.numbering !== undefined)
    differences.push({ kind: 'auto-increment', name, expected: numberingOf(expected), found: numberingOf(actual), isBeyondModels: true });
  else if (!isSameDefault(expected.default, actual.default, expected.valueType ?? actual.valueType))
    differences.push({ kind: 'default', name, expected: expected.default, found: actual.default });
  if (!isSameExpression(expected.generated, actual.generated))
    differences.push({ kind: 'generated', name, expected: expected.generated, found: actual.generated });
  return differences;
}

const nullabilityOf = ({ notNull }: ColumnShape): string => (notNull ? 'NOT NULL' : 'NULL allowed');

const numberingOf = ({ numbering, default: text }: ColumnShape): string | undefined =>
  numbering === undefined ? text && `DEFAULT ${text}` : `numbers itself${numbering === 'identity always' ? ', takes no other number' : ''}`;
