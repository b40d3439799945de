import type { Sequelize } from 'sequelize';
import type { DatabaseInstance } from '../databases/database.js';
import { textOf } from '../error-text.js';
import { DatabaseMigrations, type MigrationParts } from '../migrator/database-migrations.js';
import type { ResolvedStep } from '../options/resolve-config.js';
import { internalsOf, type AttributeInternals, type ModelInternals } from '../sequelize-internals.js';

/** Says that what is stored can't be brought to what the models want by adding columns. */
export class StoredSchemaDiffers extends Error {}

interface PrepareOptions extends Omit<MigrationParts, 'sequelize'> {
  /** Whether tables that models have and the database has not are made besides. */
  readonly syncToo: boolean;
}

/** Who makes the tables; nobody where that is somebody else's business. */
function makerOf(step: ResolvedStep): string | undefined {
  if (step === 'none') return undefined;
  if (step === 'sync') return step;
  return typeof step === 'function' ? 'function' : 'migrations';
}

/** Makes one database ready. Runs within a unit of work that is pinned to `instance`; `quietly` does the library's own part of it. */
export async function prepareSchema(
  sequelize: Sequelize,
  instance: DatabaseInstance,
  step: ResolvedStep,
  { syncToo, quietly, ears, lost }: PrepareOptions,
): Promise<void> {
  const maker = makerOf(step);
  if (instance.outdated !== undefined) throw new StoredSchemaDiffers(instance.outdated);
  const madeBy = await instance.madeBy?.();
  if (madeBy !== undefined && maker !== undefined && madeBy !== maker) {
    throw new StoredSchemaDiffers(`its tables were made by schema: '${madeBy}' and are now to be made by '${maker}'`);
  }
  if (typeof step === 'object') {
    const migrations = await DatabaseMigrations.of({ sequelize, ears, quietly, lost }, instance, step);
    await migrations.up();
  }
  if (typeof step === 'function') await step({ sequelize, role: instance.role });
  if (step === 'sync') await quietly(() => syncModels(sequelize, { addColumns: instance.role === 'fallback' }));
  else if (syncToo) await quietly(() => syncModels(sequelize, { addColumns: false }));
  if (madeBy === undefined && maker !== undefined && typeof step !== 'object') await instance.noteMadeBy?.(maker);
}

const QUIET = { hooks: false, logging: false } as const;

/**
 * Makes the tables that are missing, without the program's hooks and query log: it didn't ask for this.
 *
 * A model that can't be made does not keep the others from it; the first such error is thrown at the end.
 */
export async function syncModels(sequelize: Sequelize, { addColumns }: { addColumns: boolean }): Promise<void> {
  const { modelManager } = internalsOf(sequelize);
  const sorted = modelManager.getModelsTopoSortedByForeignKey()?.reverse();
  const failures: unknown[] = [];
  for (const model of sorted ?? modelManager.models) {
    try {
      // Columns before indexes: `sync` makes the indexes of a table that is there, and they may be on the new columns.
      if (addColumns) await addMissingColumns(sequelize, model);
      if (sorted !== undefined) await model.sync(QUIET);
    } catch (error) {
      if (error instanceof StoredSchemaDiffers) throw error;
      failures.push(error);
    }
  }
  // Sequelize's own way for tables that refer to each other in a circle.
  if (sorted === undefined) await sequelize.sync(QUIET);
  if (failures.length > 0) throw failures[0];
}

async function addMissingColumns(sequelize: Sequelize, model: ModelInternals): Promise<void> {
  const queryInterface = sequelize.getQueryInterface();
  const table = model.getTableName();
  if (!(await queryInterface.tableExists(table, QUIET))) return;
  const stored = (await queryInterface.describeTable(table, QUIET)) as Record<string, StoredColumn>;
  const columns = columnsOf(model);
  refuseLeftOver(model, stored, columns);
  for (const [name, attribute] of Object.entries(columns)) {
    if (name in stored) continue;
    if (!canBeAdded(attribute))
      throw new StoredSchemaDiffers(`${model.name}.${name} is missing there and is neither nullable nor has a default`);
    await queryInterface.addColumn(table, name, attribute as never, QUIET).catch((error: unknown) => {
      throw new StoredSchemaDiffers(`${model.name}.${name} is missing there and can't be added: ${textOf(error)}`);
    });
  }
}

interface StoredColumn {
  readonly allowNull: boolean;
  readonly defaultValue: unknown;
  readonly primaryKey: boolean;
}

/** A column that a model has no more, and that must have a value, would refuse each new row. */
function refuseLeftOver(model: ModelInternals, stored: Record<string, StoredColumn>, columns: object): void {
  for (const [name, { allowNull, defaultValue, primaryKey }] of Object.entries(stored)) {
    if (name in columns || allowNull || primaryKey || (defaultValue !== undefined && defaultValue !== null)) continue;
    throw new StoredSchemaDiffers(`${model.name} has no attribute for its column ${name} any more, which must have a value there`);
  }
}

function columnsOf(model: ModelInternals): Record<string, AttributeInternals> {
  const { tableAttributes } = model as unknown as { tableAttributes: Record<string, AttributeInternals> };
  return Object.fromEntries(Object.entries(tableAttributes).map(([name, attribute]) => [attribute.field ?? name, attribute]));
}

/** The rows that are there need a value: one that only the model makes (a function, DataTypes.NOW) is none of the column's. */
function canBeAdded({ primaryKey, allowNull, defaultValue }: AttributeInternals): boolean {
  if (primaryKey) return false;
  return allowNull !== false || ['string', 'number', 'boolean'].includes(typeof defaultValue);
}

/** The tables that the models need, for a database that must have them before it becomes active. */
export function tablesOf(sequelize: Sequelize): { schema: string | undefined; table: string }[] {
  return internalsOf(sequelize).modelManager.models.map((model) => {
    const name = model.getTableName() as string | { tableName: string; schema?: string };
    return typeof name === 'string' ? { schema: undefined, table: name } : { schema: name.schema, table: name.tableName };
  });
}
