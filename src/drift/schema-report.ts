import type { Sequelize } from 'sequelize';
import type { DatabaseInstance } from '../databases/database.js';
import { catalogAtStart } from '../dialect/client/live-catalog.js';
import { sessionStart } from '../dialect/client/session-start.js';
import { textOf } from '../error-text.js';
import { type Routing, routingOf } from '../routing/resilient-sequelize.js';
import type { Role } from '../words.js';
import { tablesIn } from './catalog-shapes.js';
import { compareSchemas } from './compare-schemas.js';
import type { SchemaReport } from './finding.js';
import { type ModelShapes, modelShapes } from './model-shapes.js';
import { reportText } from './report-text.js';
import { serverShapes, type Shapes } from './server-shapes.js';
import { seenFrom, type TableShape, titleOf } from './table-shape.js';

export type { SchemaDifference, SchemaFinding, SchemaReport } from './finding.js';

/** What a report leaves out. */
export interface SchemaReportOptions {
  /** Tables that are not compared, as `users` or, where the search path does not find them, as `crm.users`: e.g. those of other programs. @default none but the records of migrations */
  readonly leaveOut?: readonly (string | RegExp)[] | undefined;
}

/** What a report is made with. */
export interface SchemaReportParts {
  /** The handle, whose models are compared. */
  readonly sequelize: Sequelize;
  /** Runs a function pinned to a database; rejects where that can't be opened. */
  readonly use: <T>(role: Role, fn: (instance: DatabaseInstance) => Promise<T>) => Promise<T>;
  readonly fallbackAllowed: boolean;
  /** Tables that are not compared, as `users` or, where the search path does not find them, as `crm.users`: records of migrations, tables of other programs. */
  readonly leaveOut?: readonly (string | RegExp)[];
}

const NOT_YET = 'not made yet: its tables are made before its first use';

/** Compares both databases with the models, and with each other. A database that can't be read is said, not thrown. */
export async function schemaReport({ sequelize, use, fallbackAllowed, leaveOut = [] }: SchemaReportParts): Promise<SchemaReport> {
  const routing = routingOf(sequelize);
  const all = await modelShapes(sequelize);
  const stored = fallbackAllowed ? await read(use('fallback', shapesIn(sequelize, routing, []))) : 'not allowed here';
  const isNew = typeof stored !== 'string' && stored.tables.length === 0 && routing.router.current.role !== 'fallback';
  const fallback = isNew ? NOT_YET : stored;
  // A schema that only a migration has made is known from the other database.
  const known = [...all.tables, ...(typeof fallback === 'string' ? [] : fallback.tables)].map(({ schema }) => schema);
  const primary = await read(use('primary', shapesIn(sequelize, routing, [...new Set(known)])));
  const { searchPath } = [primary, fallback].find((shapes) => typeof shapes !== 'string') ?? { searchPath: ['public'] };
  const kept = (tables: readonly TableShape[]) =>
    seenFrom(searchPath, tables).filter(
      (seen, index) => ![seen, tables[index] ?? seen].some((table) => isLeftOut(titleOf(table), leaveOut)),
    );
  const keptOf = (shapes: Shapes | string) => (typeof shapes === 'string' ? undefined : kept(shapes.tables));
  const models: ModelShapes = { tables: kept(all.tables), notCompared: all.notCompared.filter(({ table }) => !isLeftOut(table, leaveOut)) };
  const { findings, notes } = compareSchemas({ models, primary: keptOf(primary), fallback: keptOf(fallback), fallbackAllowed });
  const databases = { primary: stateOf(primary), fallback: stateOf(fallback) };
  const isWhole = typeof primary !== 'string' && (typeof fallback !== 'string' || !fallbackAllowed || isNew);
  const report = { same: isWhole && findings.length === 0, databases, findings, notes };
  return { ...report, toString: () => reportText(report) };
}

/** Reads what the database knows of its tables: the emulation's catalog, or the server's. */
const shapesIn =
  (sequelize: Sequelize, { router, template }: Routing, schemas: readonly string[]) =>
  async (instance: DatabaseInstance): Promise<Shapes> => {
    const catalog = await instance.catalog?.();
    if (catalog === undefined) return await router.quietly(() => serverShapes(sequelize, schemas));
    const seen = catalogAtStart(catalog, sessionStart({ ...template.options, ...template.config }));
    return { tables: tablesIn(seen), searchPath: seen.searchPath.filter((schema) => seen.hasSchema(schema)) };
  };

/** The tables, or why they can't be known. */
const read = (shapes: Promise<Shapes>): Promise<Shapes | string> => shapes.catch((error: unknown) => `not compared: ${textOf(error)}`);

const stateOf = (shapes: Shapes | string): string => (typeof shapes === 'string' ? shapes : 'compared');

const isLeftOut = (title: string, leaveOut: readonly (string | RegExp)[]): boolean =>
  leaveOut.some((each) => (typeof each === 'string' ? each === title : title.search(each) !== -1));
