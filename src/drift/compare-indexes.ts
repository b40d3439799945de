import { columnList, nameDifference } from './compare-keys.js';
import type { Difference } from './difference.js';
import { grouped } from './grouped.js';
import { isSameExpression } from './same-expression.js';
import type { IndexItemShape, IndexShape, TableShape, UniqueShape } from './table-shape.js';

/** What differs in unique keys and indexes. */
export function indexDifferences(expected: TableShape, actual: TableShape): Difference[] {
  return [...uniqueDifferences(expected, actual), ...otherIndexDifferences(otherIndexes(expected), otherIndexes(actual))];
}

/** Unique over columns as they are: whether a constraint or an index says so, a second row is refused just the same. */
const isPlainUnique = ({ unique, where, more, items }: IndexShape): boolean =>
  unique &&
  where === undefined &&
  (more === '' || more === 'NULLS NOT DISTINCT') &&
  items.every(({ column, collation, operatorClass }) => column !== undefined && !collation && !operatorClass);

const otherIndexes = ({ indexes }: TableShape): readonly IndexShape[] => indexes.filter((index) => !isPlainUnique(index));

/** What must be unique, by its columns in alphabetical order. */
function uniquesOf({ uniques, indexes }: TableShape): ReadonlyMap<string, readonly UniqueShape[]> {
  const plain = indexes
    .filter(isPlainUnique)
    .map(({ name, items, more }) => ({ name, more, columns: items.flatMap(({ column }) => column ?? []) }));
  return grouped([...uniques, ...plain], ({ columns, more }) => unordered(columns) + more);
}

const unordered = (columns: readonly string[]): string => JSON.stringify([...columns].sort());

function uniqueDifferences(expected: TableShape, actual: TableShape): Difference[] {
  const [wanted, found] = [uniquesOf(expected), uniquesOf(actual)];
  const [wantedKey, foundKey] = [expected, actual].map(({ primaryKey }) => primaryKey && unordered(primaryKey.columns));
  const missing = [...wanted].flatMap(([key, [first, ...more]]): readonly Difference[] => {
    const others = found.get(key);
    const [other] = others ?? [];
    if (first === undefined || (other === undefined && key === foundKey)) return [];
    if (other === undefined)
      return [{ kind: 'missing-unique', name: columnList(first.columns), expected: ruleOf(first), found: undefined }];
    const names = new Set([first, ...more].map(({ name }) => name));
    return others?.some(({ name }) => names.has(name)) ? [] : nameDifference(first.name, other.name);
  });
  const extra = [...found].flatMap(([key, [other]]): readonly Difference[] =>
    other === undefined || wanted.has(key) || key === wantedKey
      ? []
      : [{ kind: 'extra-unique', name: columnList(other.columns), expected: undefined, found: ruleOf(other) }],
  );
  return [...missing, ...extra];
}

const ruleOf = ({ columns, more }: UniqueShape): string =>
  ['UNIQUE', more, `(${columnList(columns)})`].filter((part) => part !== '').join(' ');

/** SQLite has B-trees alone. */
const ONLY_OF_POSTGRES: ReadonlySet<string> = new Set(['gin', 'gist', 'spgist', 'brin']);

function otherIndexDifferences(expected: readonly IndexShape[], actual: readonly IndexShape[]): Difference[] {
  const left = new Set(actual);
  const take = (isIt: (index: IndexShape) => boolean): IndexShape | undefined => {
    const found = [...left].find(isIt);
    if (found !== undefined) left.delete(found);
    return found;
  };
  // Those of the same name first, so that of two that are alike each finds its own.
  const named = new Map(expected.map((index) => [index, take((other) => other.name === index.name && isSameIndex(index, other))]));
  const alike = new Map(expected.map((index) => [index, named.get(index) ?? take((other) => isSameIndex(index, other))]));
  const differing = expected.flatMap((index): readonly Difference[] => {
    const { name } = index;
    const twin = alike.get(index);
    if (twin !== undefined) return nameDifference(name, twin.name);
    const other = take((each) => each.name === name);
    const kind = other === undefined ? 'missing-index' : 'index';
    return [{ kind, name, expected: shown(index), found: other && shown(other), ...weightOf(index, other) }];
  });
  const extra = [...left].map(
    (index): Difference => ({ kind: 'extra-index', name: index.name, expected: undefined, found: shown(index), ...weightOf(index) }),
  );
  return [...differing, ...extra];
}

function weightOf(...indexes: readonly (IndexShape | undefined)[]): Pick<Difference, 'isSpeed' | 'isOnlyOfPostgres'> {
  const isSpeed = !indexes.some((index) => index?.unique);
  return { isSpeed, isOnlyOfPostgres: isSpeed && indexes.some((index) => ONLY_OF_POSTGRES.has(index?.method ?? '')) };
}

function isSameIndex(one: IndexShape, other: IndexShape): boolean {
  return (
    one.unique === other.unique &&
    one.method === other.method &&
    one.more === other.more &&
    isSameExpression(one.where, other.where) &&
    one.items.length === other.items.length &&
    one.items.every((item, index) => isSameItem(item, other.items[index] as IndexItemShape))
  );
}

function isSameItem(one: IndexItemShape, other: IndexItemShape): boolean {
  const isSameValue =
    one.column === undefined ? other.column === undefined && isSameExpression(one.text, other.text) : one.column === other.column;
  return isSameValue && suffixOf(one) === suffixOf(other);
}

function suffixOf({ collation, operatorClass, descending, nullsFirst }: IndexItemShape): string {
  const nulls = nullsFirst === descending ? '' : ` NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
  return [collation && ` COLLATE "${collation}"`, operatorClass && ` ${operatorClass}`, descending && ' DESC', nulls]
    .filter(Boolean)
    .join('');
}

function shown({ unique, method, items, where, more }: IndexShape): string {
  const list = items.map((item) => `${item.column ?? item.text}${suffixOf(item)}`).join(', ');
  return [unique ? 'UNIQUE' : '', method, `(${list})`, more, where === undefined ? '' : `WHERE ${where}`]
    .filter((part) => part !== '')
    .join(' ');
}
