import type { Relation } from './relation.js';
import type { DefinitionDifference } from './schema-change.js';
import { run, type Step } from './step.js';
import type { StoredColumn } from './stored-columns.js';
import { quotedTable } from './quoted-table.js';

interface Comparison {
  readonly stored: StoredColumn;
  readonly asked: StoredColumn;
  /** In what they differ. */
  readonly aspects: readonly DefinitionDifference['aspect'][];
}

/** Gives a column the default and the nullability that were asked for, where the engine can; says what it did. */
export async function changeColumn(step: Step, relation: Relation, { stored, asked, aspects }: Comparison): Promise<string[]> {
  if (step.engine === 'sqlite') return [];
  const actions = [
    ...(aspects.includes('default') ? defaultActions(stored, asked) : []),
    ...(aspects.includes('nullability') ? nullActions(stored, asked) : []),
  ];
  for (const action of actions) {
    await run(step, `ALTER TABLE ${quotedTable(step, relation)} ALTER COLUMN ${step.generator.quoteIdentifier(stored.name)} ${action}`);
  }
  return actions.map((action) => `column "${stored.name}": ${action}`);
}

function defaultActions(stored: StoredColumn, asked: StoredColumn): string[] {
  if ([stored, asked].some(isNumbering)) return [];
  if (asked.default === null) return ['DROP DEFAULT'];
  // An enum's default names the type of the table that was made for the comparison.
  const isEnum = asked.enumType !== undefined;
  if (isEnum && asked.declared.endsWith('[]')) return [];
  return [`SET DEFAULT ${(isEnum ? asked.default : asked.defaultSql) ?? 'NULL'}`];
}

function nullActions(stored: StoredColumn, asked: StoredColumn): string[] {
  if (stored.primaryKey || asked.primaryKey) return [];
  return [asked.nullable ? 'DROP NOT NULL' : 'SET NOT NULL'];
}

const isNumbering = ({ default: text }: StoredColumn): boolean => text !== null && /nextval\(|^GENERATED/.test(text);
