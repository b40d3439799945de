import type { Role } from '../words.js';
import { type Compared, compareTables, judged } from './compare-tables.js';
import { subjectOf } from './difference.js';
import type { SchemaFinding } from './finding.js';
import type { ModelShapes, NotCompared } from './model-shapes.js';
import { type TableShape, titleOf } from './table-shape.js';

/** What is compared: the tables that were not left out, of each database that could be read. */
export interface Schemas {
  readonly models: ModelShapes;
  readonly primary: readonly TableShape[] | undefined;
  readonly fallback: readonly TableShape[] | undefined;
  /** Whether the fallback is to have what the models want. */
  readonly fallbackAllowed: boolean;
}

/** Compares each database with the models; and the fallback with the primary, for what the models say nothing of. */
export function compareSchemas(schemas: Schemas): Compared {
  const { models, primary, fallback, fallbackAllowed } = schemas;
  const withModels = (['primary', 'fallback'] as const).map((database) => againstModels(models, schemas[database], database));
  const refused = models.notCompared.map((each) => refusalOf(each, fallbackAllowed));
  const known = together([...refused, ...withModels]);
  if (primary === undefined || fallback === undefined)
    return together([known, beyondModels(models, primary, 'primary'), beyondModels(models, fallback, 'fallback')]);
  return withoutTwice(known, fallbackAgainstPrimary(models, primary, fallback));
}

const together = (all: readonly Compared[]): Compared => ({
  findings: all.flatMap(({ findings }) => findings),
  notes: all.flatMap(({ notes }) => notes),
});

const byTitle = (shapes: readonly TableShape[]): ReadonlyMap<string, TableShape> => new Map(shapes.map((shape) => [titleOf(shape), shape]));

function againstModels({ tables, notCompared }: ModelShapes, actual: readonly TableShape[] | undefined, database: Role): Compared {
  if (actual === undefined) return together([]);
  const found = byTitle(actual);
  const comparison = { database, comparedWith: 'models', hasModel: true } as const;
  const whole = [...new Set(notCompared.filter(({ isWhole }) => isWhole).map(({ table }) => table))];
  const missing = whole
    .filter((table) => !found.has(table))
    .map((table) => judged([{ kind: 'missing-table', name: undefined, expected: 'a table', found: undefined }], { ...comparison, table }));
  return together([
    ...tables.map((table) => compareTables(table, found.get(titleOf(table)), { ...comparison, table: titleOf(table) })),
    ...missing,
  ]);
}

/** It is the fallback that can't have it; of the primary it says only that nothing was compared. */
function refusalOf({ table, column, reason }: NotCompared, fallbackAllowed: boolean): Compared {
  const finding = {
    database: 'fallback',
    comparedWith: 'models',
    kind: 'not-compared',
    table,
    name: column ?? null,
    expected: null,
    found: reason,
  } as const;
  return fallbackAllowed ? { findings: [finding], notes: [] } : { findings: [], notes: [{ ...finding, database: 'primary' }] };
}

const titlesOf = ({ tables, notCompared }: ModelShapes): ReadonlySet<string> =>
  new Set([...tables.map(titleOf), ...notCompared.map(({ table }) => table)]);

/** Where there is nothing to compare them with, tables without a model are told. */
function beyondModels(models: ModelShapes, actual: readonly TableShape[] | undefined, database: Role): Compared {
  const titles = titlesOf(models);
  const more = (actual ?? []).filter((table) => !titles.has(titleOf(table)));
  const { findings: notes } = together(
    more.map((table) => compareTables(undefined, table, { database, comparedWith: 'models', table: titleOf(table), hasModel: false })),
  );
  return { findings: [], notes };
}

function fallbackAgainstPrimary(models: ModelShapes, primary: readonly TableShape[], fallback: readonly TableShape[]): Compared {
  const [expected, actual, titles] = [byTitle(primary), byTitle(fallback), titlesOf(models)];
  const all = [...new Set([...expected.keys(), ...actual.keys()])].map((table) => {
    const [one, other, hasModel] = [expected.get(table), actual.get(table), titles.has(table)];
    // That a model's table is missing was found already.
    if (hasModel && (one === undefined || other === undefined)) return together([]);
    return compareTables(one, other, { database: 'fallback', comparedWith: 'primary', table, hasModel });
  });
  return together(all);
}

/** What the models have told of both need not be told again; and what is a finding is no note. */
function withoutTwice(withModels: Compared, betweenBoth: Compared): Compared {
  const told = new Set(withModels.findings.map(subjectOf));
  const findings = betweenBoth.findings.filter((finding) => !told.has(subjectOf(finding)));
  const now = new Set(findings.map(subjectOf));
  const noted = new Set(withModels.notes.flatMap(subjectsOfNote));
  const notes = betweenBoth.notes.filter(
    (note) => !told.has(subjectOf(note)) && !subjectsOfNote(note).some((subject) => noted.has(subject)),
  );
  return {
    findings: [...withModels.findings, ...findings],
    notes: [...withModels.notes.filter((note) => !now.has(subjectOf(note))), ...notes],
  };
}

/** Of two names each may be the one that the models want. */
const subjectsOfNote = (note: SchemaFinding): string[] =>
  note.kind === 'name' ? [note.expected, note.found].map((name) => subjectOf({ ...note, name })) : [subjectOf(note)];
