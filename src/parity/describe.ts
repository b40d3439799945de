import { withoutValues, withoutValuesOf } from '../dialect/examiner.js';
import type { PgError } from '../dialect/pg-error.js';
import { UnsupportedOnFallbackError } from '../errors.js';
import type { ModelInternals } from '../sequelize-internals.js';
import type { ParityFinding } from './finding.js';
import type { Refusal } from './shadow.js';

/** What was found, as it was found. */
export interface Found {
  readonly foundIn: ParityFinding['foundIn'];
  readonly model: ModelInternals | undefined;
  /** Where it is known already. */
  readonly attribute?: string | undefined;
  readonly error: Refusal;
  /** None for a definition. */
  readonly statement: string | undefined;
}

const MAX_STATEMENT = 300;

/** Says it in words, without the statement's values. `columns` are those of the part of it that could not be translated. */
export function findingOf(
  { foundIn, model, attribute, error, statement }: Found,
  columns: readonly string[],
  models: readonly ModelInternals[],
): ParityFinding {
  const owner = attribute === undefined ? ownerOf(columns, model, namedIn(statement ?? '', models)) : { model, attribute };
  return {
    foundIn,
    model: owner.model?.name ?? null,
    attribute: owner.attribute ?? null,
    ...words(error, statement ?? ''),
    statement: statement === undefined ? null : withoutValues(statement).slice(0, MAX_STATEMENT),
  };
}

interface Owner {
  readonly model: ModelInternals | undefined;
  readonly attribute: string | undefined;
}

/** The model that has such a column: the statement's own before the others that it names. */
function ownerOf(columns: readonly string[], model: ModelInternals | undefined, named: readonly ModelInternals[]): Owner {
  const candidates = model === undefined ? named : [model, ...named];
  for (const candidate of candidates) {
    for (const column of columns) {
      const attribute = attributeOf(candidate, column);
      if (attribute !== undefined) return { model: candidate, attribute };
    }
  }
  return { model: model ?? (named.length === 1 ? named[0] : undefined), attribute: columns[0] };
}

const attributeOf = (model: ModelInternals, column: string): string | undefined =>
  Object.entries(model.rawAttributes).find(([name, { field }]) => (field ?? name) === column)?.[0];

/** The models whose tables a statement names. */
function namedIn(statement: string, models: readonly ModelInternals[]): ModelInternals[] {
  const words = new Set(statement.match(/"[^"]+"|[\p{L}_][\p{L}\w]*/gu)?.map((word) => word.replaceAll('"', '')));
  return models.filter((model) => {
    const name = model.getTableName() as string | { readonly tableName: string };
    return words.has(typeof name === 'string' ? name : name.tableName);
  });
}

const ABSENT =
  "No model defines it, so schema.fallback 'sync' does not make it: define it in a model, or make it in a function given as schema.fallback.";

/** By SQLSTATE. */
const WORKAROUNDS: Readonly<Record<string, string>> = {
  '42883': 'Use one that docs/parity.md lists, or do it in your program.',
  '42P01': ABSENT,
  '42703': ABSENT,
  '3F000': ABSENT,
};

function words(error: Refusal, statement: string): Pick<ParityFinding, 'feature' | 'workaround'> {
  const bare = (said: string) => withoutValuesOf(statement, said);
  if (error instanceof UnsupportedOnFallbackError) return { feature: bare(error.feature), workaround: bare(error.workaround) };
  return { feature: bare(absentIn(error)), workaround: WORKAROUNDS[error.code] ?? 'Say it in another way, or do it in your program.' };
}

function absentIn({ message, code }: PgError): string {
  const [, what, which] = /^(.*) does not exist(: .*)?/s.exec(message) ?? [];
  return what === undefined ? `What the fallback rejects with SQLSTATE ${code} (${message})` : `${what}${which ?? ''}`;
}
