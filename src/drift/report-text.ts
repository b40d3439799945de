import type { SchemaDifference, SchemaFinding, SchemaReport } from './finding.js';

/** What a finding is about, in words that its name stands behind. */
const WORDS: Readonly<Record<SchemaDifference, string>> = {
  'missing-table': 'table',
  'extra-table': 'table',
  view: 'table',
  'missing-column': 'column',
  'extra-column': 'column',
  type: 'type of',
  enum: 'labels of',
  nullability: 'NULL in',
  default: 'default of',
  'auto-increment': 'numbering of',
  generated: 'calculation of',
  'primary-key': 'primary key',
  'missing-unique': 'unique',
  'extra-unique': 'unique',
  'missing-index': 'index',
  'extra-index': 'index',
  index: 'index',
  'missing-foreign-key': 'foreign key of',
  'extra-foreign-key': 'foreign key of',
  'foreign-key': 'foreign key of',
  'missing-check': 'check',
  'extra-check': 'check',
  check: 'check',
  name: 'name of',
  'not-compared': "can't be compared",
};

const HEAD = ['DATABASE', 'TABLE', 'WHAT', 'EXPECTED', 'FOUND'];

/** A report as a table in words. */
export function reportText({ same, databases, findings, notes }: Omit<SchemaReport, 'toString'>): string {
  const states = (['primary', 'fallback'] as const).map((role) => `${role} ${databases[role]}`).join(', ');
  return [
    `${verdictOf(same, findings.length, databases)} (${states}).`,
    ...(findings.length > 0 ? ['', ...aligned([HEAD, ...findings.map(rowOf)])] : []),
    ...(notes.length > 0 ? ['', `${counted(notes.length, 'note')}, nothing to mend:`, ...aligned(notes.map(rowOf))] : []),
  ].join('\n');
}

function verdictOf(same: boolean, count: number, databases: SchemaReport['databases']): string {
  if (count > 0) return `${counted(count, 'difference')} found`;
  if (!same) return 'No difference found, but not everything was compared';
  return databases.fallback === 'compared' ? 'Both databases are what the models want' : 'The primary is what the models want';
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function rowOf({ database, comparedWith, kind, table, name, expected, found }: SchemaFinding): string[] {
  const what = name === null ? WORDS[kind] : `${WORDS[kind]} ${name}`;
  const wanted = expected ?? (kind === 'not-compared' ? '' : 'none');
  return [database, table, what, comparedWith === 'primary' ? `${wanted} (as the primary)` : wanted, found ?? 'none'];
}

/** In columns; none but the last is followed by blanks to the next. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const lines = rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ')));
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
