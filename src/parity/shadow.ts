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

/** The tables that the fallback would have by `schema: 'sync'`, without a file: what the models say now. */
export class Shadow {
  #made: Made | undefined;
  #madeOf = '';

  constructor(
    private readonly sequelize: Sequelize,
    private readonly start: SessionStart,
  ) {}

  /** Brings it up to date and says whether it was not. */
  refresh(): boolean {
    const now = this.#models.map(signatureOf).join('\n');
    if (this.#made !== undefined && now === this.#madeOf) return false;
    this.#madeOf = now;
    const refusals: ModelRefusal[] = [];
    let catalog = emptyCatalog(this.start);
    for (const model of this.#models) {
      const made = withModel(this.sequelize, model, catalog);
      catalog = made.catalog;
      refusals.push(...made.refusals);
    }
    this.#made = { catalog, refusals };
    return true;
  }

  get catalog(): StoredCatalog {
    this.refreshOnce();
    return this.#made?.catalog ?? emptyCatalog(this.start);
  }

  /** What the models want and the fallback can't have. */
  get refusals(): readonly ModelRefusal[] {
    this.refreshOnce();
    return this.#made?.refusals ?? [];
  }

  get #models(): readonly ModelInternals[] {
    return internalsOf(this.sequelize).modelManager.models;
  }

  private refreshOnce(): void {
    if (this.#made === undefined) this.refresh();
  }
}

/** What the fallback can't have of one model. */
export function refusalsOf(sequelize: Sequelize, model: ModelInternals, start: SessionStart): readonly ModelRefusal[] {
  return withModel(sequelize, model, emptyCatalog(start)).refusals;
}

function signatureOf(model: ModelInternals): string {
  const columns = Object.entries(model.rawAttributes).map(([name, { field }]) => field ?? name);
  return `${model.name} ${JSON.stringify(model.getTableName())} ${columns.join()}`;
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

function attempt(work: () => StoredCatalog): StoredCatalog | Refusal {
  try {
    return work();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
}
