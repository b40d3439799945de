/** What the guard does with what it finds. */
export type ParityMode = 'warn' | 'strict' | 'off';

/** Something that PostgreSQL does for this program and the fallback can't do. */
export interface ParityFinding {
  /** Where it was found: in a model's definition, in a statement that PostgreSQL answered, or in one that the fallback refused. */
  readonly foundIn: 'definition' | 'statement' | 'fallback';
  /** The model's name; null where none is known, as of a raw query over several tables. */
  readonly model: string | null;
  /** The attribute's name; null where it is not about one. */
  readonly attribute: string | null;
  /** As `feature` of `UnsupportedOnFallbackError`. */
  readonly feature: string;
  /** What to do, as a sentence. */
  readonly workaround: string;
  /** The statement without its values; null for a definition. */
  readonly statement: string | null;
}

/** What `connection.parityReport()` answers. */
export interface ParityReport {
  readonly mode: ParityMode;
  /** Each once, in the order in which they were found. */
  readonly findings: readonly ParityFinding[];
  /** How many models and how many different statements (values apart) were examined. */
  readonly examined: { readonly models: number; readonly statements: number };
  /** How many statements were not: longer than 20,000 characters, or beyond 5,000 different ones. */
  readonly leftOut: number;
}

/** `'model Order, attribute total'`; undefined where neither is known. */
export function whereOf({ model, attribute }: Pick<ParityFinding, 'model' | 'attribute'>): string | undefined {
  if (model === null) return attribute === null ? undefined : `column ${attribute}`;
  return attribute === null ? `model ${model}` : `model ${model}, attribute ${attribute}`;
}
