import type { Sequelize } from 'sequelize';
import type { SessionStart } from '../dialect/client/session-start.js';
import { definedIn, emptyCatalog, type StoredCatalog } from '../dialect/examiner.js';
import { PgError } from '../dialect/pg-error.js';
import { UnsupportedOnFallbackError } from '../errors.js';
import { internalsOf, type ModelInternals } from '../sequelize-internals.js';
import { type ModelDefinition, modelDefinition } from './model-definitions.js';

/** Why the fallback would not take or answer something. */
export type Refusal = UnsupportedOnFallbackError | PgError;

export const isRefusal = (error: unknown): error is Refusal => error instanceof UnsupportedOnFallbackError || error instanceof PgError;

/** A part of a model that the fallback can't have. */
export interface ModelRefusal {
  readonly model: ModelInternals;
  /** None where it is not about one. */
  readonly attribute: string | undefined;
  readonly error: Refusal;
}

interface Made {
  readonly catalog: StoredCatalog;
  readonly refusals: readonly ModelRefusal[];
}

/** The tables that the fallback would have, without a file: what the models say now, and what the program has defined. */
export class Shadow {
  #made: Made | undefined;
  #madeOf: readonly string[] = [];
  /** What the program itself has defined, in its order. */
  readonly #heard: string[] = [];

  constructor(
    private readonly sequelize: Sequelize,
    private readonly start: SessionStart,
  ) {}

  /** Brings it up to date and says whether it was not. */
  refresh(): boolean {
    const now = this.#models.map(signatureOf);
    const before = this.#madeOf;
    if (this.#made !== undefined && now.length === before.length && isBeginning(before, now)) return false;
    // Most often models were added: what is known of the others stays.
    const isMore = this.#made !== undefined && isBeginning(before, now);
    const known = isMore ? this.#made : undefined;
    const refusals: ModelRefusal[] = [...(known?.refusals ?? [])];
    let catalog = known?.catalog ?? emptyCatalog(this.start);
    for (const model of this.#models.slice(isMore ? before.length : 0)) {
      const made = examined(this.sequelize, model, catalog);
      catalog = made.catalog;
      refusals.push(...made.refusals);
    }
    for (const text of isMore ? [] : this.#heard) catalog = defined(text, catalog);
    this.#made = { catalog, refusals };
    this.#madeOf = now;
    return true;
  }

  /** Takes in what the program has defined on PostgreSQL: CREATE of tables, types, schemas and views. */
  learn(text: string): void {
    const { catalog, refusals } = this.#current;
    // Also where a model has it: models come and go.
    this.#heard.push(text);
    this.#made = { catalog: defined(text, catalog), refusals };
  }

  get catalog(): StoredCatalog {
    return this.#current.catalog;
  }

  /** Whether a name, as it is written, is that of a model's table or of the type of one of its columns. */
  isOfModel(written: string): boolean {
    const name = written.replaceAll('"', '');
    const tables = this.#models.map((model) => model.getTableName() as string | { readonly tableName: string });
    const names = tables.map((table) => (typeof table === 'string' ? table : table.tableName));
    return names.includes(name) || names.some((table) => name.startsWith(`enum_${table}_`));
  }

  /** What the models want and the fallback can't have. */
  get refusals(): readonly ModelRefusal[] {
    return this.#current.refusals;
  }

  get #current(): Made {
    if (this.#made === undefined) this.refresh();
    return this.#made ?? { catalog: emptyCatalog(this.start), refusals: [] };
  }

  get #models(): readonly ModelInternals[] {
    return internalsOf(this.sequelize).modelManager.models;
  }
}

/** What the fallback can't have of one model. */
export function refusalsOf(sequelize: Sequelize, model: ModelInternals, start: SessionStart): readonly ModelRefusal[] {
  return examined(sequelize, model, emptyCatalog(start)).refusals;
}

const isBeginning = (some: readonly string[], others: readonly string[]): boolean => some.every((each, index) => others[index] === each);

/** A definition of a model brings attributes of its own (lib/model.js, init). */
const definitions = new WeakMap<object, number>();
let definitionsSeen = 0;

function numberOf(attributes: object): number {
  const known = definitions.get(attributes) ?? ++definitionsSeen;
  definitions.set(attributes, known);
  return known;
}

/** Says what a model was defined with, and which attributes associations have added. */
function signatureOf(model: ModelInternals): string {
  const columns = Object.entries(model.rawAttributes).map(([name, { field }]) => field ?? name);
  return `${model.name} ${numberOf(model.rawAttributes)} ${JSON.stringify(model.getTableName())} ${columns.join()}`;
}

/** A model whose statements Sequelize itself can't make is left out: `sync()` will say why. */
function examined(sequelize: Sequelize, model: ModelInternals, before: StoredCatalog): Made {
  try {
    return withModel(sequelize, model, before);
  } catch {
    return { catalog: before, refusals: [] };
  }
}

function withModel(sequelize: Sequelize, model: ModelInternals, before: StoredCatalog): Made {
  const { schema } = modelDefinition(sequelize, model);
  const start = schema === undefined || before.hasSchema(schema) ? before : before.withSchema(schema);
  const attributes = refusedAttributes(sequelize, model, start);
  // What is refused is a text meanwhile, so that everything else of the model and of its statements is examined.
  const definition = modelDefinition(sequelize, model, { asText: new Set(attributes.map(({ attribute = '' }) => attribute)) });
  const table = withTable(model, definition, start);
  if (isRefusal(table)) return { catalog: start, refusals: [...attributes, { model, attribute: undefined, error: table }] };
  return definition.indexes.reduce<Made>(
    (made, index) => {
      const after = attempt(() => definedIn(index, made.catalog));
      if (!isRefusal(after)) return { ...made, catalog: after };
      return { ...made, refusals: [...made.refusals, { model, attribute: undefined, error: after }] };
    },
    { catalog: table, refusals: attributes },
  );
}

/** The attributes that can't be had each by itself; none where the table can be had as a whole. */
function refusedAttributes(sequelize: Sequelize, model: ModelInternals, catalog: StoredCatalog): ModelRefusal[] {
  if (!isRefusal(withTable(model, modelDefinition(sequelize, model), catalog))) return [];
  return Object.keys((model as unknown as { tableAttributes: object }).tableAttributes).flatMap((attribute) => {
    const error = withTable(model, modelDefinition(sequelize, model, { only: attribute }), catalog);
    return isRefusal(error) ? [{ model, attribute, error }] : [];
  });
}

/** A table of several models has the columns of all of them. */
function withTable(model: ModelInternals, { enums, table }: ModelDefinition, catalog: StoredCatalog): StoredCatalog | Refusal {
  const name = model.getTableName() as string | { readonly tableName: string; readonly schema: string };
  const path = typeof name === 'string' ? [name] : [name.schema, name.tableName].filter((part) => part !== '');
  const known = catalog.table(path);
  return attempt(() => {
    const typed = enums.reduce((made, text) => definedIn(text, made), catalog);
    const made = definedIn(table, known === undefined ? typed : typed.withoutTable(known));
    const own = made.table(path);
    if (known === undefined || own === undefined) return made;
    const others = known.columns.filter((column) => !own.columns.some((each) => each.name === column.name));
    return made.withTables({ ...own, columns: [...own.columns, ...others] });
  });
}

/** What can't be defined stays undefined: that it can't is found by who examines the text. */
function defined(text: string, catalog: StoredCatalog): StoredCatalog {
  const after = attempt(() => definedIn(text, catalog));
  return isRefusal(after) ? catalog : after;
}

function attempt(work: () => StoredCatalog): StoredCatalog | Refusal {
  try {
    return work();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}
