import { columnDifferences } from './compare-columns.js';
import { indexDifferences } from './compare-indexes.js';
import { keyDifferences } from './compare-keys.js';
import { type Comparison, type Difference, findingOf, isDrift } from './difference.js';
import type { SchemaFinding } from './finding.js';
import type { TableShape } from './table-shape.js';

/** What came of a comparison: what should be mended, and what is only told. */
export interface Compared {
  readonly findings: readonly SchemaFinding[];
  readonly notes: readonly SchemaFinding[];
}

/** Compares a table with what it should be; either may be missing. */
export function compareTables(expected: TableShape | undefined, actual: TableShape | undefined, comparison: Comparison): Compared {
  return judged(differencesOf(expected, actual), comparison);
}

/** Judges what differs. */
export function judged(differences: readonly Difference[], comparison: Comparison): Compared {
  const told = (drift: boolean) =>
    differences.filter((each) => isDrift(each, comparison) === drift).map((each) => findingOf(each, comparison));
  return { findings: told(true), notes: told(false) };
}

function differencesOf(expected: TableShape | undefined, actual: TableShape | undefined): Difference[] {
  if (expected === undefined || actual === undefined) {
    const kind = expected === undefined ? 'extra-table' : 'missing-table';
    return expected === actual ? [] : [{ kind, name: undefined, expected: kindOf(expected), found: kindOf(actual) }];
  }
  const columns = columnDifferences(expected, actual);
  if (expected.kind === 'table' && actual.kind === 'table')
    return [...columns, ...keyDifferences(expected, actual), ...indexDifferences(expected, actual)];
  if (expected.kind === actual.kind) return [...columns, ...indexDifferences(expected, actual)];
  return [{ kind: 'view', name: undefined, expected: kindOf(expected), found: kindOf(actual) }, ...columns];
}

const kindOf = (shape: TableShape | undefined): string | undefined => shape && `a ${shape.kind}`;
