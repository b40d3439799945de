import { UnsupportedOnFallbackError } from '../../errors.js';
import { parseExpressionText, parseStatements } from '../sql/parser.js';
import { quoteIdentifier } from '../types/format-type.js';
import type { EnumType } from '../types/pg-type.js';
import type { TableDefinition } from './catalog.js';
import type { StoredCatalog } from './stored-catalog.js';
import { isNamedIn } from './renaming.js';

type Wanted = (node: Readonly<Record<string, unknown>>) => boolean;

function contains(value: unknown, wanted: Wanted): boolean {
  if (Array.isArray(value)) return value.some((each) => contains(each, wanted));
  if (typeof value !== 'object' || value === null) return false;
  const node = value as Readonly<Record<string, unknown>>;
  return wanted(node) || Object.values(node).some((each) => contains(each, wanted));
}

/** A literal that is the label, or an array's text that may have it. */
const isLabel =
  (label: string): Wanted =>
  ({ kind, text }) =>
    kind === 'literal' && typeof text === 'string' && (text === label || (text.trimStart().startsWith('{') && text.includes(label)));

/** A type's name as it is written, of whichever schema. */
const isType =
  ({ name }: EnumType): Wanted =>
  ({ path, modifiers }) =>
    Array.isArray(path) && Array.isArray(modifiers) && path.at(-1) === name;

const expressionHas = (text: string, wanted: Wanted): boolean => contains(parseExpressionText(text), wanted);
const viewHas = ({ select }: TableDefinition, wanted: Wanted): boolean => select !== undefined && contains(parseStatements(select), wanted);

/** The CHECKs, indexes and generated columns of a table, with what each is called in a message. */
const textsOf = ({ checks, indexes, columns }: TableDefinition): (readonly [what: string, text: string])[] => [
  ...checks.map(({ name, text }) => [`the CHECK ${name}`, text] as const),
  ...indexes.flatMap(({ name, items, where }) =>
    [...items.map(({ text }) => text), ...(where === undefined ? [] : [where])].map((text) => [`the index ${name}`, text] as const),
  ),
  ...columns.flatMap(({ name, generated }) => (generated === undefined ? [] : [[`the generated column ${name}`, generated] as const])),
];

/** Whether a CHECK, an index, a generated column or a view's query casts to the enum. */
export const namesEnum = (table: TableDefinition, type: EnumType): boolean =>
  viewHas(table, isType(type)) || textsOf(table).some(([, text]) => expressionHas(text, isType(type)));

/** @throws UnsupportedOnFallbackError where the label is written in what stays as it was written */
export function refuseWrittenLabel(label: string, columns: readonly string[], relation: TableDefinition): void {
  const isIt = isLabel(label);
  const computed = relation.columns.filter(({ constantDefault }) => constantDefault === undefined);
  const found =
    textsOf(relation).find(([, text]) => expressionHas(text, isIt))?.[0] ??
    computed
      .filter((column) => column.default !== undefined && expressionHas(column.default, isIt))
      .map(({ name }) => `the default of ${name}`)[0] ??
    // An index on what is generated would lose the rows whose value is another one for a moment.
    relation.columns
      .filter(({ generated }) => generated !== undefined && columns.some((name) => isNamedIn(generated, name)))
      .map(({ name }) => `the generated column ${name}`)[0] ??
    (viewHas(relation, isIt) ? `the ${relation.kind} ${relation.name}` : undefined);
  if (found !== undefined) throw dependent('RENAME VALUE of a label', found, relation);
}

/** @throws UnsupportedOnFallbackError where the enum's name is written in what stays as it was written */
export function refuseWrittenName(type: EnumType, catalog: StoredCatalog): void {
  for (const relation of catalog.tables()) {
    const text = textsOf(relation).find(([, each]) => expressionHas(each, isType(type)));
    const found = viewHas(relation, isType(type)) ? `the ${relation.kind} ${relation.name}` : text?.[0];
    if (found !== undefined) throw dependent('RENAME TO of an enum', found, relation);
  }
}

const dependent = (what: string, found: string, { kind, name }: TableDefinition): UnsupportedOnFallbackError =>
  new UnsupportedOnFallbackError(
    `ALTER TYPE … ${what} that ${found}${kind === 'table' ? ` of ${name}` : ''} depends on`,
    'Drop it first, and make it anew afterwards.',
  );

/**
 * A default's text in which the enum has another name behind `::`.
 * @throws UnsupportedOnFallbackError where it is named in another way
 */
export function withOtherName(text: string, type: EnumType, to: string, relation: TableDefinition): string {
  if (!expressionHas(text, isType(type))) return text;
  const changed = text.replace(
    /'(?:[^']|'')*'|(::\s*)(?:"((?:[^"]|"")*)"|([a-z_][\w$]*))(?!\s*\.)/gi,
    (piece: string, colons: string | undefined, quoted: string | undefined, plain: string | undefined) =>
      (quoted?.replaceAll('""', '"') ?? plain?.toLowerCase()) === type.name ? `${colons ?? ''}${quoteIdentifier(to)}` : piece,
  );
  // Backslashes, dollar quotes and comments can hide where a string ends.
  if (/[\\$]|--|\/\*/.test(text) || expressionHas(changed, isType(type))) throw dependent('RENAME TO of an enum', 'a default', relation);
  return changed;
}
