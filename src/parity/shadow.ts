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

/** A model as it was when it was examined. */
interface Step {
  readonly model: ModelInternals;
  /** A definition brings attributes of its own (lib/model.js, init); associations add to them. */
  readonly attributes: object;
  readonly count: number;
  readonly table: string;
  readonly made: Made;
}

/** So many definitions of the program are remembered. */
const MAX_HEARD = 1_000;

/** The tables that the fallback would have, without a file: what the models say now, and what the program has defined. */
export class Shadow {
  /** Of the models, in their order: each rests on those before it. */
  readonly #steps: Step[] = [];
  /** What the program itself has defined, in its order. */
  readonly #heard: string[] = [];
  /** With everything in it; none where something has changed. */
  #whole: Made | undefined;

  constructor(
    private readonly sequelize: Sequelize,
    private readonly start: SessionStart,
  ) {}

  /** Examines one model that is not known as it is now, and says whether there was one. */
  advance(): boolean {
    const models = this.#models;
    const known = this.#steps.findIndex((step, index) => !isAsBefore(step, models[index]));
    if (known !== -1) {
      this.#steps.length = known;
      this.#whole = undefined;
    }
    const model = models[this.#steps.length];
    if (model === undefined) return known !== -1;
    this.#whole = undefined;
    const made = examined(this.sequelize, model, this.#steps.at(-1)?.made.catalog ?? emptyCatalog(this.start));
    this.#steps.push({ model, ...stateOf(model), made });
    return true;
  }

  /** Brings it up to date and says whether it was not. */
  refresh(): boolean {
    let isNew = false;
    while (this.advance()) isNew = true;
    return isNew;
  }

  /** Takes in what the program has defined on PostgreSQL; says whether it could. */
  learn(text: string): boolean {
    if (this.#heard.length >= MAX_HEARD) return false;
    const { catalog, refusals } = this.#current;
    const after = attempt(() => definedIn(text, catalog));
    // Also where a model has it: models come and go.
    this.#heard.push(text);
    if (isRefusal(after)) return after instanceof PgError && IS_THERE.has(after.code);
    this.#whole = { catalog: after, refusals };
    return true;
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
    if (this.#steps.length < this.#models.length) this.refresh();
    if (this.#whole !== undefined) return this.#whole;
    const models = this.#steps.at(-1)?.made.catalog ?? emptyCatalog(this.start);
    const catalog = this.#heard.reduce((known, text) => defined(text, known), models);
    this.#whole = { catalog, refusals: this.#steps.flatMap(({ made }) => made.refusals) };
    return this.#whole;
  }

  get #models(): readonly ModelInternals[] {
    return internalsOf(this.sequelize).modelManager.models;
  }
}

/** Relations, types, schemas and columns that are there already, and keys (42830) that the program has made where nobody looked. */
export const IS_THERE: ReadonlySet<string> = new Set(['42P07', '42710', '42P06', '42701', '42830']);

function stateOf(model: ModelInternals): Omit<Step, 'model' | 'made'> {
  const { rawAttributes } = model;
  const table = model.getTableName() as unknown;
  return {
    attributes: rawAttributes,
    count: Object.keys(rawAttributes).length,
    table: typeof table === 'string' ? table : JSON.stringify(table),
  };
}

function isAsBefore(step: Step, model: ModelInternals | undefined): boolean {
  if (model !== step.model) return false;
  const { attributes, count, table } = stateOf(model);
  return attributes === step.attributes && count === step.count && table === step.table;
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
  const definition = modelDefinition(sequelize, model);
  const { schema } = definition;
  const start = schema === undefined || before.hasSchema(schema) ? before : before.withSchema(schema);
  const table = withTable(model, definition, start);
  if (!isRefusal(table)) return withIndexes(model, definition, { catalog: table, refusals: [] });
  const attributes = refusedAttributes(sequelize, model, start);
  // What is refused is a text meanwhile, so that everything else of the model and of its statements is examined.
  const mended = modelDefinition(sequelize, model, { asText: new Set(attributes.map(({ attribute = '' }) => attribute)) });
  const other = withTable(model, mended, start);
  if (isRefusal(other)) return { catalog: start, refusals: [...attributes, { model, attribute: undefined, error: other }] };
  return withIndexes(model, mended, { catalog: other, refusals: attributes });
}

function withIndexes(model: ModelInternals, { indexes }: ModelDefinition, table: Made): Made {
  return indexes.reduce<Made>((made, index) => {
    const after = attempt(() => definedIn(index, made.catalog));
    if (!isRefusal(after)) return { ...made, catalog: after };
    return { ...made, refusals: [...made.refusals, { model, attribute: undefined, error: after }] };
  }, table);
}

/** The attributes that can't be had each by itself. */
function refusedAttributes(sequelize: Sequelize, model: ModelInternals, catalog: StoredCatalog): ModelRefusal[] {
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
