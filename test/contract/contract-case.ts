import type { ModelAttributes, ModelOptions, ModelStatic, Model, Sequelize } from 'sequelize';

/** Where a case runs: once on PostgreSQL and once on the fallback. */
export interface Site {
  readonly sequelize: Sequelize;
  /** A name that no other case uses, the same on both engines. */
  name(suffix: string): string;
  /** Defines a model under such a name and makes its table. */
  model(suffix: string, attributes: ModelAttributes, options?: ModelOptions): Promise<ModelStatic<Row>>;
}

/** A row of a model that a case defines. */
export type Row = Model & Record<string, unknown>;

/** One thing that must be the same on both engines. */
export interface ContractCase {
  /** A chapter of docs/parity.md. */
  readonly chapter: string;
  /** A row of its table. */
  readonly feature: string;
  readonly name: string;
  /** Gives what is compared. Whatever it throws is compared, too. */
  readonly run: (site: Site) => Promise<unknown>;
  /** The fallback can't: there it must reject with UnsupportedOnFallbackError, and docs/parity.md says this. */
  readonly refused?: string;
}

/** The cases of one feature. */
export function feature(
  chapter: string,
  name: string,
  cases: Readonly<Record<string, ContractCase['run'] | { readonly refused: string; readonly run: ContractCase['run'] }>>,
): ContractCase[] {
  return Object.entries(cases).map(([caseName, given]) =>
    typeof given === 'function'
      ? { chapter, feature: name, name: caseName, run: given }
      : { chapter, feature: name, name: caseName, ...given },
  );
}
