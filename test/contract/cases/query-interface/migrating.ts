import type { QueryInterface, Sequelize, TableName } from 'sequelize';
import { outcomeOf } from '../../../../src/testing/outcome.js';
import type { ContractCase, Site } from '../../contract-case.js';
import { type Diary, newDiary, rowsOf, shapeOf } from '../services/diary.js';

/** What a migration works with, and a diary of what became of each of its steps. */
export interface Migrating extends Diary {
  readonly site: Site;
  readonly sequelize: Sequelize;
  readonly queryInterface: QueryInterface;
  readonly name: (suffix: string) => string;
  /** Carries out a text in which `$` stands before the names of tables and others; gives its rows. */
  readonly raw: (text: string) => Promise<unknown>;
  /** Notes what the text gives, under the text itself. */
  readonly noteRaw: (...texts: readonly string[]) => Promise<void>;
  /** Notes all that a program can ask about a table, which is named by its suffix, and its rows. */
  readonly noteTable: (suffix: string, schema?: string) => Promise<void>;
}

/** A case that is a migration: its diary is what is compared. */
export const migration =
  (steps: (migrating: Migrating) => Promise<unknown>): ContractCase['run'] =>
  async (site) => {
    const migrating = begin(site);
    await steps(migrating);
    return migrating.entries;
  };

function begin(site: Site): Migrating {
  const { sequelize } = site;
  const queryInterface = sequelize.getQueryInterface();
  const diary = newDiary();
  const raw = (text: string) => rowsOf(sequelize, named(site, text));
  return {
    ...diary,
    site,
    sequelize,
    queryInterface,
    name: (suffix) => site.name(suffix),
    raw,
    noteRaw: async (...texts) => {
      for (const text of texts) await diary.note(text, () => raw(text));
    },
    noteTable: async (suffix, schema) => {
      const table = schema === undefined ? site.name(suffix) : { tableName: site.name(suffix), schema: site.name(schema) };
      await diary.note(`the table ${suffix}`, () => tableAsIs(queryInterface, table));
    },
  };
}

const named = (site: Site, text: string): string => text.replaceAll(/\$([a-zA-Z]\w*)/g, (_, suffix: string) => `"${site.name(suffix)}"`);

async function tableAsIs(queryInterface: QueryInterface, table: TableName): Promise<unknown> {
  const quoted = typeof table === 'string' ? `"${table}"` : `"${table.schema}"."${table.tableName}"`;
  return {
    shape: await shapeOf(queryInterface, table),
    keys: sorted(await queryInterface.getForeignKeyReferencesForTable(table as string)).map(withoutCatalogs),
    rows: await outcomeOf(() => rowsOf(queryInterface.sequelize, `SELECT * FROM ${quoted} ORDER BY 1`)),
  };
}

/** Databases have names of their own. */
const withoutCatalogs = (row: object): object => Object.fromEntries(Object.entries(row).filter(([name]) => !name.endsWith('Catalog')));

const sorted = (rows: object): readonly object[] =>
  (rows as readonly object[]).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b), 'en'));
