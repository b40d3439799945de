import { DataTypes, type Sequelize } from 'sequelize';
import { automaticName } from '../dialect/catalog/automatic-names.js';
import { DEFAULT_START } from '../dialect/client/session-start.js';
import type { StoredCatalog } from '../dialect/examiner.js';
import { parseStatements } from '../dialect/sql/parser.js';
import { textOf } from '../error-text.js';
import { Shadow } from '../parity/shadow.js';
import { internalsOf, type AttributeInternals, type ModelInternals } from '../sequelize-internals.js';
import { tablesIn } from './catalog-shapes.js';
import { grouped } from './grouped.js';
import { type ForeignKeyShape, type Place, type TableShape, titleOf } from './table-shape.js';

/** A part of a model that can't be compared, because the fallback can't have it. */
export interface NotCompared {
  readonly table: string;
  /** The column; none where it is about the whole table, an index or a key. */
  readonly column: string | undefined;
  /** Whether nothing of the table can be compared. */
  readonly isWhole: boolean;
  readonly reason: string;
}

/** The tables that the models want. */
export interface ModelShapes {
  readonly tables: readonly TableShape[];
  readonly notCompared: readonly NotCompared[];
}

/** What `sync()` would make on an empty database, found without one. Lets the program's own work go on between two models. */
export async function modelShapes(sequelize: Sequelize): Promise<ModelShapes> {
  const shadow = new Shadow(sequelize, DEFAULT_START);
  while (shadow.advance()) await new Promise((resolve) => setImmediate(resolve));
  const { models } = internalsOf(sequelize).modelManager;
  const { catalog } = shadow;
  const byTable = grouped(models, (model) => titleOf(storedPlaceOf(model)));
  const refused = shadow.refusals.map(({ model, attribute, error }) => ({
    table: titleOf(placeOf(model)),
    column: attribute === undefined ? undefined : columnOf(model, attribute),
    isWhole: !hasTable(catalog, model),
    reason: textOf(error),
  }));
  const unmade = models.filter((model) => !hasTable(catalog, model)).map((model) => titleOf(placeOf(model)));
  const untold = unmade.filter((table) => !refused.some((each) => each.table === table));
  const reason = "Sequelize can't make the statements of its sync().";
  return {
    tables: tablesIn(catalog).flatMap((table) => {
      const own = byTable.get(titleOf(table)) ?? [];
      const foreignKeys = own.flatMap((model) => foreignKeysOf(sequelize, model));
      // A table that is named with its schema by one model and without by another is found by both names.
      const places = new Map(own.map((model) => [titleOf(placeOf(model)), placeOf(model)]));
      return [...places.values()].map((place) => withoutRefused({ ...table, ...place, foreignKeys }, refused));
    }),
    notCompared: [...refused, ...untold.map((table) => ({ table, column: undefined, isWhole: true, reason }))],
  };
}

function placeOf(model: ModelInternals): Place {
  const table = model.getTableName();
  return typeof table === 'string' ? { schema: '', name: table } : { schema: table.schema, name: table.tableName };
}

/** Where it is among the tables that were made of the models. */
function storedPlaceOf(model: ModelInternals): Place {
  const { schema, name } = placeOf(model);
  return { schema: schema === '' ? 'public' : schema, name };
}

function hasTable(catalog: StoredCatalog, model: ModelInternals): boolean {
  const { schema, name } = storedPlaceOf(model);
  return catalog.table([schema, name]) !== undefined;
}

const attributesOf = (model: ModelInternals): Record<string, ReferringAttribute> =>
  (model as unknown as { tableAttributes: Record<string, ReferringAttribute> }).tableAttributes;

const columnOf = (model: ModelInternals, attribute: string): string => attributesOf(model)[attribute]?.field ?? attribute;

/** In the place of a refused column there is a text, so that the others are known. */
function withoutRefused(table: TableShape, refused: readonly NotCompared[]): TableShape {
  const names = refused.filter((each) => each.table === titleOf(table)).map(({ column }) => column);
  const columns = table.columns.map((column) =>
    names.includes(column.name) ? { ...column, type: undefined, valueType: undefined } : column,
  );
  return { ...table, columns };
}

interface ReferringAttribute extends AttributeInternals {
  readonly references?: unknown;
  readonly onDelete?: string;
  readonly onUpdate?: string;
}

/** lib/dialects/postgres/query-generator.js of sequelize 6.37.8 */
interface Generator {
  quoteTable(table: unknown): string;
  quoteIdentifier(name: string): string;
  attributesToSQL(attributes: object, options: object): Record<string, string>;
}

/** The foreign keys that `sync()` makes of a model: read from its statements, so that tables without a model can be referred to. */
function foreignKeysOf(sequelize: Sequelize, model: ModelInternals): ForeignKeyShape[] {
  const { queryGenerator: generator } = internalsOf(sequelize).queryInterface as { queryGenerator: Generator };
  const table = model.getTableName();
  return Object.entries(attributesOf(model)).flatMap(([attribute, { field: column = attribute, references, onDelete, onUpdate }]) => {
    if (references === undefined || references === null) return [];
    // With no more than what its REFERENCES is made of.
    const given = { key: { type: DataTypes.INTEGER, references, onDelete, onUpdate } };
    const sql = generator.attributesToSQL(given, { table, context: 'createTable' })['key'] ?? '';
    const target = sql.slice(sql.indexOf('REFERENCES'));
    const text = `ALTER TABLE ${generator.quoteTable(table)} ADD FOREIGN KEY (${generator.quoteIdentifier(column)}) ${target}`;
    return foreignKeysIn(text, placeOf(model).name);
  });
}

function foreignKeysIn(text: string, tableName: string): ForeignKeyShape[] {
  return parseStatements(text).flatMap(({ statement }) => {
    if (statement.kind !== 'alter table') return [];
    return statement.actions.flatMap((action) => {
      if (action.type !== 'add constraint' || action.constraint.type !== 'foreign key') return [];
      const { columns, references } = action.constraint;
      const { onDelete = 'no action', onUpdate = 'no action', deferrable, initiallyDeferred } = references;
      const [table = '', schema = ''] = [...references.table].reverse();
      const timing = initiallyDeferred === true ? 'deferred' : deferrable === true ? 'deferrable' : 'immediate';
      const name = automaticName({ table: tableName, columns, label: 'fkey' }, new Set());
      return [{ name, columns, references: { schema, table, columns: references.columns }, onDelete, onUpdate, timing }];
    });
  });
}
