import type { Difference } from './difference.js';
import { grouped } from './grouped.js';
import { isSameExpression } from './same-expression.js';
import { type CheckShape, type ForeignKeyShape, type KeyShape, type TableShape, titleOf } from './table-shape.js';

/** What differs in primary key, foreign keys and checks. */
export const keyDifferences = (expected: TableShape, actual: TableShape): Difference[] => [
  ...primaryKeyDifferences(expected.primaryKey, actual.primaryKey),
  ...foreignKeyDifferences(expected.foreignKeys, actual.foreignKeys),
  ...checkDifferences(expected.checks, actual.checks),
];

export const columnList = (columns: readonly string[]): string => columns.join(', ');

/** Names are no difference in what a table does; a migration that drops by name minds them. */
export const nameDifference = (expected: string, found: string): Difference[] =>
  expected === found ? [] : [{ kind: 'name', name: expected, expected, found }];

function primaryKeyDifferences(expected: KeyShape | undefined, actual: KeyShape | undefined): Difference[] {
  const [wanted, found] = [expected, actual].map((key) => key && columnList(key.columns));
  if (wanted !== found) return [{ kind: 'primary-key', name: undefined, expected: wanted, found }];
  return expected && actual ? nameDifference(expected.name, actual.name) : [];
}

function foreignKeyDifferences(expected: readonly ForeignKeyShape[], actual: readonly ForeignKeyShape[]): Difference[] {
  const [wanted, found] = [byTarget(expected), byTarget(actual)];
  const missing = [...wanted].flatMap(([target, keys]): readonly Difference[] => {
    const others = found.get(target);
    const [key] = keys;
    if (key === undefined) return [];
    const name = columnList(key.columns);
    if (others === undefined) return [{ kind: 'missing-foreign-key', name, expected: shown(key), found: undefined }];
    // All of them act.
    const other = others.find((each) => actionsOf(each) !== actionsOf(key));
    if (other !== undefined) return [{ kind: 'foreign-key', name, expected: actionsOf(key), found: actionsOf(other) }];
    return others.some((each) => each.name === key.name) ? [] : others.slice(0, 1).flatMap((each) => nameDifference(key.name, each.name));
  });
  const extra = [...found].flatMap(([target, [key]]): readonly Difference[] =>
    wanted.has(target) || key === undefined
      ? []
      : [{ kind: 'extra-foreign-key', name: columnList(key.columns), expected: undefined, found: shown(key) }],
  );
  return [...missing, ...extra];
}

/** By what refers to what; a table that was altered by `sync()` may have the same one twice. */
const byTarget = (keys: readonly ForeignKeyShape[]) =>
  grouped(keys, ({ columns, references }) => {
    const pairs = columns.map((column, index) => [column, references.columns[index]]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
    return JSON.stringify([references.schema, references.table, pairs]);
  });

function actionsOf({ onDelete, onUpdate, timing }: ForeignKeyShape): string {
  const times = { immediate: '', deferrable: ' DEFERRABLE', deferred: ' DEFERRABLE INITIALLY DEFERRED' };
  return `ON DELETE ${onDelete.toUpperCase()} ON UPDATE ${onUpdate.toUpperCase()}${times[timing]}`;
}

function shown(key: ForeignKeyShape): string {
  const { schema, table, columns } = key.references;
  return `REFERENCES ${titleOf({ schema, name: table })} (${columnList(columns)}) ${actionsOf(key)}`;
}

function checkDifferences(expected: readonly CheckShape[], actual: readonly CheckShape[]): Difference[] {
  const isTwin = (check: CheckShape) => (other: CheckShape) => isSameExpression(check.text, other.text);
  const namesake = (checks: readonly CheckShape[], { name }: CheckShape) => checks.find((other) => other.name === name);
  const missing = expected.flatMap((check): readonly Difference[] => {
    const twin = actual.find(isTwin(check));
    if (twin !== undefined)
      return actual.filter(isTwin(check)).some(({ name }) => name === check.name) ? [] : nameDifference(check.name, twin.name);
    const found = namesake(actual, check)?.text;
    return [{ kind: found === undefined ? 'missing-check' : 'check', name: check.name, expected: check.text, found }];
  });
  const extra = actual
    .filter((check) => !expected.some(isTwin(check)) && namesake(expected, check) === undefined)
    .map(({ name, text }): Difference => ({ kind: 'extra-check', name, expected: undefined, found: text }));
  return [...missing, ...extra];
}
