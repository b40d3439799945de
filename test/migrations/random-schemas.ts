import { col, DataTypes, fn, type ModelAttributes, type QueryInterface, type Sequelize, type TableName, Utils } from 'sequelize';
import { type RandomColumn, type RandomIndex, type RandomTable, typeOf } from './random-definitions.js';

/** What a definition comes to: the same whether a model or a migration says it. */
interface Planned {
  readonly table: { readonly tableName: string; readonly schema: string };
  readonly at: TableName;
  /** By their names in the database, in order. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly pair: readonly string[];
  readonly indexes: readonly PlannedIndex[];
}

type Attribute = Record<string, unknown> & { readonly type: unknown };
type PlannedIndex = Record<string, unknown> & { readonly fields: readonly unknown[]; readonly name: string };

const nameIn = ({ underscored }: RandomTable, name: string): string => (underscored ? Utils.underscoredIf(name, true) : name);

function keyAttributes({ key }: RandomTable): Record<string, Attribute> {
  if (key === 'pair')
    return {
      a: { type: DataTypes.INTEGER, primaryKey: true, allowNull: false },
      b: { type: DataTypes.STRING(9), primaryKey: true, allowNull: false },
    };
  if (key === 'uuid') return { id: { type: DataTypes.UUID, primaryKey: true, allowNull: false, defaultValue: fn('gen_random_uuid') } };
  return { id: { type: key === 'serial' ? DataTypes.INTEGER : DataTypes.BIGINT, primaryKey: true, autoIncrement: true, allowNull: false } };
}

const KEY_TYPES = { serial: DataTypes.INTEGER, bigserial: DataTypes.BIGINT, uuid: DataTypes.UUID } as const;

/** The table that a column references: one with a key of two columns can't be. */
function referencedBy({ references }: RandomColumn, tables: readonly RandomTable[]): RandomTable | undefined {
  const table = references && tables[references.table];
  return table?.key === 'pair' ? undefined : table;
}

function columnAttribute(column: RandomColumn, tables: readonly RandomTable[]): Attribute {
  const { make, defaults } = typeOf(column.type);
  const to = referencedBy(column, tables);
  const isReference = to !== undefined;
  return {
    type: isReference ? KEY_TYPES[to.key as 'serial'] : make(),
    allowNull: column.allowNull,
    ...(!isReference && column.default !== undefined && { defaultValue: defaults[column.default] }),
    ...(column.unique === 'alone' && { unique: true }),
    ...(column.comment !== undefined && { comment: column.comment }),
    ...(isReference && {
      references: { model: { tableName: to.name, schema: to.schema ?? 'public' }, key: 'id' },
      onDelete: column.references?.onDelete,
      onUpdate: column.references?.onUpdate,
    }),
  };
}

function timeAttributes(table: RandomTable): Record<string, Attribute> {
  if (!table.timestamps) return {};
  const time = (name: string, allowNull: boolean) => ({
    [nameIn(table, name)]: { type: DataTypes.DATE, ...(!allowNull && { allowNull }) },
  });
  return { ...time('createdAt', false), ...time('updatedAt', false), ...(table.paranoid && time('deletedAt', true)) };
}

function plannedIndex(tables: readonly RandomTable[], table: RandomTable, [at, index]: [number, RandomIndex]): PlannedIndex | undefined {
  const { kind, column, other, isNamed } = index;
  const { columns } = table;
  const [one, two] = [columns[column % columns.length], columns[other % columns.length]] as [RandomColumn, RandomColumn];
  const is = (each: RandomColumn) => (referencedBy(each, tables) === undefined ? typeOf(each.type).is : undefined);
  const [first, second] = [nameIn(table, one.name), nameIn(table, two.name)];
  const fields = one === two ? [first] : [first, second];
  const name = `${table.name.slice(0, 20)}_${isNamed ? 'own' : fields.join('_')}_${at}`;
  if (kind === 'gin') return is(one) === 'gin' ? { fields: [first], using: 'gin', name } : undefined;
  if (kind === 'lower') return is(one) === 'text' ? { fields: [fn('lower', col(first))], name } : undefined;
  if (is(one) === 'no key' || is(two) === 'no key') return undefined;
  if (kind === 'hash') return is(one) === 'gin' && one.type === 'tsvector' ? undefined : { fields: [first], using: 'hash', name };
  if (kind === 'descending') return { fields: [{ name: first, order: 'DESC' }], name };
  if (kind === 'partial') return { fields, unique: true, where: { [second]: null }, name };
  return { fields, ...(kind === 'unique' && { unique: true }), name };
}

/** @param tables all of the definition, for what they reference */
function planned(table: RandomTable, tables: readonly RandomTable[]): Planned {
  const schema = table.schema ?? 'public';
  const own = Object.fromEntries(table.columns.map((column) => [nameIn(table, column.name), columnAttribute(column, tables)]));
  const pair = table.columns.filter(({ unique }) => unique === 'pair').map(({ name }) => nameIn(table, name));
  return {
    table: { tableName: table.name, schema },
    at: { tableName: table.name, schema },
    attributes: { ...keyAttributes(table), ...own, ...timeAttributes(table) },
    pair,
    indexes: [...table.indexes.entries()].flatMap((index) => plannedIndex(tables, table, index) ?? []),
  };
}

/** Models of the definition, and their `sync()`. */
export async function synced(sequelize: Sequelize, tables: readonly RandomTable[]): Promise<void> {
  for (const table of tables) {
    const { indexes } = planned(table, tables);
    const columns = table.columns.map((column) => [
      column.name,
      { ...columnAttribute(column, tables), ...(column.unique === 'pair' && { unique: 'pair' }) },
    ]);
    const attributes = { ...keyAttributes(table), ...Object.fromEntries(columns) } as ModelAttributes;
    const { underscored, timestamps, paranoid, schema } = table;
    const model = sequelize.define(table.name, attributes, {
      tableName: table.name,
      underscored,
      timestamps,
      paranoid: timestamps && paranoid,
      indexes: indexes as never,
      ...(schema !== undefined && { schema }),
    });
    await model.sync();
  }
}

/** The migration that says it all at once. */
export async function createdAtOnce(queryInterface: QueryInterface, tables: readonly RandomTable[]): Promise<void> {
  for (const table of tables) {
    const { at, attributes, pair, indexes } = planned(table, tables);
    const uniqueKeys = pair.length === 0 ? {} : { uniqueKeys: { pair: { fields: pair } } };
    await queryInterface.createTable(at, attributes as never, uniqueKeys as never);
    for (const index of indexes) await queryInterface.addIndex(at, index as never);
  }
}

/** What of a column a step after its creation says: nothing else has its name, so that it can be renamed and changed. */
function isChangeable(attribute: Attribute, name: string, { pair, indexes }: Planned): boolean {
  const isPlain = !attribute['unique'] && !attribute['references'] && !attribute['primaryKey'] && !pair.includes(name);
  return isPlain && !indexes.some(({ where }) => where !== undefined && Object.keys(where as object).includes(name));
}

const before = (name: string): string => `${name} before`;

/** The migrations that come to the same step by step: columns are added, changed, renamed and removed, keys and indexes come last. */
export async function createdInSteps(queryInterface: QueryInterface, tables: readonly RandomTable[]): Promise<void> {
  for (const table of tables) {
    const plan = planned(table, tables);
    await createPart(queryInterface, plan, table);
    await completeColumns(queryInterface, plan, table);
    await addKeys(queryInterface, plan);
  }
}

const columnOf = (table: RandomTable, name: string) => table.columns.find((column) => nameIn(table, column.name) === name);

/** A column whose type has one before it begins as that, without a default; every second one under another name. */
function beginning(plan: Planned, table: RandomTable): ReadonlyMap<string, { readonly name: string; readonly attribute: Attribute }> {
  return new Map(
    Object.entries(plan.attributes).map(([name, attribute], at) => {
      const column = columnOf(table, name);
      if (column === undefined || !isChangeable(attribute, name, plan)) return [name, { name, attribute }] as const;
      const earlier = typeOf(column.type).before;
      const isOfEnum = column.type.startsWith('enum');
      const begun = earlier ? { type: earlier() } : attribute;
      return [name, { name: at % 2 === 0 && !isOfEnum ? before(name) : name, attribute: begun }] as const;
    }),
  );
}

async function createPart(queryInterface: QueryInterface, plan: Planned, table: RandomTable): Promise<void> {
  const begun = [...beginning(plan, table)].filter(([name]) => columnOf(table, name) === undefined || !isAdded(plan, name));
  const attributes = Object.fromEntries(
    begun.map(([name, { name: first, attribute }]) => [first, withoutReference(attribute, name, plan)]),
  );
  await queryInterface.createTable(plan.at, { ...attributes, superfluous: DataTypes.TEXT } as never);
  await queryInterface.addIndex(plan.at, ['superfluous'], { name: `${plan.table.tableName.slice(0, 20)}_superfluous` });
}

/** Every third column comes by `addColumn`. */
const isAdded = ({ attributes }: Planned, name: string): boolean => Object.keys(attributes).indexOf(name) % 3 === 2;

/** A reference, and a unique key, is added as a constraint later; those of a column that is added come with it. */
const withoutReference = (attribute: Attribute, name: string, plan: Planned): Attribute => {
  if (isAdded(plan, name)) return attribute;
  const later = ['references', 'onDelete', 'onUpdate', 'unique'];
  return Object.fromEntries(Object.entries(attribute).filter(([key]) => !later.includes(key))) as Attribute;
};

async function completeColumns(queryInterface: QueryInterface, plan: Planned, table: RandomTable): Promise<void> {
  for (const [name, { name: first, attribute: begun }] of beginning(plan, table)) {
    const attribute = plan.attributes[name] as Attribute;
    if (isAdded(plan, name) && columnOf(table, name) !== undefined) await queryInterface.addColumn(plan.at, first, begun as never);
    if (first !== name) await queryInterface.renameColumn(plan.at, first, name);
    const { comment, ...rest } = attribute;
    if (begun === attribute) continue;
    await queryInterface.changeColumn(plan.at, name, { type: attribute.type } as never);
    await queryInterface.changeColumn(plan.at, name, rest as never);
    if (comment !== undefined) await commented(queryInterface, plan, name, comment as string);
  }
  await queryInterface.removeColumn(plan.at, 'superfluous');
}

async function commented(queryInterface: QueryInterface, { table }: Planned, name: string, text: string): Promise<void> {
  const { sequelize } = queryInterface;
  await sequelize.query(`COMMENT ON COLUMN "${table.schema}"."${table.tableName}"."${name}" IS ${sequelize.escape(text)}`);
}

async function addKeys(queryInterface: QueryInterface, plan: Planned): Promise<void> {
  const { at, attributes, pair, indexes } = plan;
  const add = (options: object) => queryInterface.addConstraint(at, options as never);
  for (const [name, attribute] of Object.entries(attributes)) {
    if (isAdded(plan, name) || attribute['unique'] === undefined) continue;
    await add({ type: 'unique', fields: [name], name: automatic(plan, [name], 'key') });
  }
  if (pair.length > 0) await add({ type: 'unique', fields: pair, name: automatic(plan, pair, 'key') });
  for (const [name, { references, onDelete, onUpdate }] of Object.entries(attributes)) {
    if (isAdded(plan, name) || references === undefined) continue;
    const { model, key } = references as { model: unknown; key: string };
    await add({
      type: 'foreign key',
      fields: [name],
      name: automatic(plan, [name], 'fkey'),
      references: { table: model, field: key },
      onDelete,
      onUpdate,
    });
  }
  for (const index of indexes) await queryInterface.addIndex(at, index as never);
}

/** PostgreSQL's own name for a constraint, cut as its makeObjectName does (src/backend/commands/indexcmds.c, 17). */
function automatic({ table }: Planned, columns: readonly string[], label: string): string {
  let [first, second] = [table.tableName, columns.join('_').slice(0, 63)];
  while (first.length + second.length + label.length + 2 > 63) {
    if (first.length > second.length) first = first.slice(0, -1);
    else second = second.slice(0, -1);
  }
  return `${first}_${second}_${label}`;
}

/** Takes all tables and types of a definition away. */
export async function removed(sequelize: Sequelize, tables: readonly RandomTable[]): Promise<void> {
  for (const { name, schema = 'public' } of tables) await sequelize.query(`DROP TABLE IF EXISTS "${schema}"."${name}" CASCADE`);
  const [types] = await sequelize.query(
    "SELECT n.nspname AS schema, t.typname AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e'",
  );
  for (const { schema, name } of types as { schema: string; name: string }[]) await sequelize.query(`DROP TYPE "${schema}"."${name}"`);
}

/** Takes the models of all definitions away. */
export function forgotten({ modelManager }: Sequelize): void {
  const manager = modelManager as unknown as { models: readonly unknown[]; removeModel(model: unknown): void };
  for (const model of [...manager.models]) manager.removeModel(model);
}
