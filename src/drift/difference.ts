import type { Role } from '../words.js';
import type { SchemaDifference, SchemaFinding } from './finding.js';

/** What differs between two shapes of a table, before it is judged. */
export interface Difference {
  readonly kind: SchemaDifference;
  readonly name: string | undefined;
  /** Undefined where nothing should be there. */
  readonly expected: string | undefined;
  /** Undefined where nothing is there. */
  readonly found: string | undefined;
  /** True where it only makes statements slower or faster. */
  readonly isSpeed?: boolean;
  /** Of an index: SQLite has none of this method, so that the fallback may have another one in its place, or none. */
  readonly isOnlyOfPostgres?: boolean;
  /** True where the models have no word for it. */
  readonly isBeyondModels?: boolean;
  /** Of a column more: it must have a value, so that no row can be added without it. */
  readonly hinders?: boolean;
}

/** Between whom something differs. */
export interface Comparison {
  readonly database: Role;
  readonly comparedWith: SchemaFinding['comparedWith'];
  /** `titleOf` the table. */
  readonly table: string;
  /** Whether a model has the table. */
  readonly hasModel: boolean;
}

/** What a migration may make beyond a model, which knows less. */
const BEYOND_MODELS: ReadonlySet<SchemaDifference> = new Set([
  'extra-column',
  'extra-unique',
  'extra-index',
  'extra-foreign-key',
  'extra-check',
  'view',
]);

/** Where a model has nothing to say: an additional default, numbering, key or calculation. */
const MAY_BE_MORE: ReadonlySet<SchemaDifference> = new Set(['default', 'auto-increment', 'generated', 'primary-key']);

/** Whether a difference should be mended, or is only told. */
export function isDrift(difference: Difference, { database, comparedWith, hasModel }: Comparison): boolean {
  const { kind, expected, isSpeed, isOnlyOfPostgres, isBeyondModels, hinders } = difference;
  if (kind === 'name' || (isOnlyOfPostgres && database === 'fallback')) return false;
  if (comparedWith === 'models' && isBeyondModels === true) return false;
  if (comparedWith === 'models') return hinders === true || !(BEYOND_MODELS.has(kind) || (MAY_BE_MORE.has(kind) && expected === undefined));
  // What the models know was compared with them; what they don't know they don't use.
  return !hasModel || !(isSpeed === true || kind === 'missing-column' || kind === 'extra-column');
}

export function findingOf({ kind, name, expected, found }: Difference, { database, comparedWith, table }: Comparison): SchemaFinding {
  return { database, comparedWith, kind, table, name: name ?? null, expected: expected ?? null, found: found ?? null };
}

/** What two findings are about, whoever told them: missing here is more there. */
export const subjectOf = ({ table, kind, name }: SchemaFinding): string =>
  JSON.stringify([table, kind.replace(/^(?:missing|extra)-/, ''), name]);
