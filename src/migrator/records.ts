import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { hasCode } from '../databases/connection-failure.js';
import type { RecordTable } from '../options/resolve-migrations.js';
import type { Engine } from '../words.js';

export type Direction = 'up' | 'down';

/** A migration that was begun. */
export interface StartedMigration {
  readonly name: string;
  readonly direction: Direction;
  /** `'failed'`: it has told so itself. */
  readonly state: 'started' | 'failed';
  readonly startedAt: Date;
  /** Host and process. */
  readonly startedBy: string;
}

/** How the records' database is reached. */
interface RecordsDatabase {
  readonly sequelize: Sequelize;
  readonly engine: Engine;
  /** The library's own statements are not the program's. */
  readonly quietly: <T>(work: () => Promise<T>) => Promise<T>;
}

const UNDEFINED_TABLE = '42P01';
const LONGEST_ERROR = 2_000;

/**
 * What is recorded of migrations in the database that they change: which have run, in the table of sequelize-cli and Umzug, and beside
 * it which were begun.
 *
 * The beginning is recorded before a migration runs, for it may commit by itself and its process may be killed then.
 */
export class MigrationRecords {
  readonly #done: string;
  readonly #started: string;

  private constructor(
    private readonly database: RecordsDatabase,
    /** Where the tables are. */
    readonly table: Required<RecordTable>,
  ) {
    const prefix = table.schema === undefined ? '' : `${quoted(table.schema)}.`;
    this.#done = prefix + quoted(table.tableName);
    this.#started = prefix + quoted(`${table.tableName}_started`);
  }

  /** Finds out where the tables are, or would be made: a migration may change the search path of its session. */
  static async of(database: RecordsDatabase, table: RecordTable): Promise<MigrationRecords> {
    const { tableName, schema } = table;
    // The emulation keeps such settings for no longer than a transaction.
    if (schema !== undefined || database.engine === 'sqlite') return new MigrationRecords(database, { tableName, schema });
    const found = await database.quietly(() =>
      database.sequelize.query<{ schema: string | null }>(
        `SELECT coalesce((SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE pg_class.oid = to_regclass($1)), current_schema()) AS schema`,
        { ...QUIET, type: QueryTypes.SELECT, bind: [quoted(tableName)] },
      ),
    );
    return new MigrationRecords(database, { tableName, schema: found[0]?.schema ?? undefined });
  }

  /** Makes the tables where they are missing. Only who has the lock may. */
  async prepare(): Promise<void> {
    if ((await this.#names()) === undefined) {
      // As sequelize-cli and Umzug's SequelizeStorage make it.
      await this.#run(`CREATE TABLE IF NOT EXISTS ${this.#done} (name VARCHAR(255) NOT NULL PRIMARY KEY)`);
    }
    if ((await this.#begun()) === undefined) {
      await this.#run(
        `CREATE TABLE IF NOT EXISTS ${this.#started} (name VARCHAR(255) NOT NULL PRIMARY KEY, direction VARCHAR(4) NOT NULL, state VARCHAR(7) NOT NULL, started_at TIMESTAMPTZ NOT NULL, started_by VARCHAR(255) NOT NULL, error TEXT)`,
      );
    }
  }

  /** The names of those that have run. */
  async executed(): Promise<string[]> {
    return (await this.#names()) ?? [];
  }

  /** Those that were begun and are not recorded as ended. */
  async started(): Promise<StartedMigration[]> {
    return (await this.#begun()) ?? [];
  }

  async noteStart(name: string, direction: Direction, startedBy: string): Promise<void> {
    await this.#inTransaction(async (transaction) => {
      await this.#forget(name, transaction);
      await this.#run(
        `INSERT INTO ${this.#started} (name, direction, state, started_at, started_by) VALUES ($1, $2, 'started', $3, $4)`,
        [name, direction, new Date().toISOString(), startedBy.slice(0, 255)],
        transaction,
      );
    });
  }

  /** Records together that it has ended and that it is no longer under way. */
  async noteEnd(name: string, direction: Direction): Promise<void> {
    const times = await this.#times();
    await this.#inTransaction(async (transaction) => {
      await this.#run(`DELETE FROM ${this.#done} WHERE name = $1`, [name], transaction);
      if (direction === 'up') {
        const columns = ['name', ...times].map(quoted).join(', ');
        const values = ['$1', ...times.map(() => 'now()')].join(', ');
        await this.#run(`INSERT INTO ${this.#done} (${columns}) VALUES (${values})`, [name], transaction);
      }
      await this.#forget(name, transaction);
    });
  }

  /** Of a table that was made with timestamps (Umzug's `timestamps`, sequelize-cli's `db:migrate:schema:timestamps:add`). */
  async #times(): Promise<string[]> {
    const { tableName, schema } = this.table;
    const described = this.database.quietly(() =>
      this.database.sequelize.getQueryInterface().describeTable({ tableName, ...(schema !== undefined && { schema }) }, QUIET),
    );
    const columns = Object.keys(
      // A migration that drops everything takes the records with it.
      await described.catch(async () => {
        await this.prepare();
        return {};
      }),
    );
    return TIMES.filter((name) => columns.includes(name));
  }

  async noteFailure(name: string, error: string): Promise<void> {
    await this.#run(`UPDATE ${this.#started} SET state = 'failed', error = $2 WHERE name = $1`, [
      name,
      error.replaceAll('\0', '').slice(0, LONGEST_ERROR),
    ]);
  }

  /** Takes back that it was begun. */
  async forgetStart(name: string): Promise<void> {
    await this.#forget(name, undefined);
  }

  async #forget(name: string, transaction: Transaction | undefined): Promise<void> {
    await this.#run(`DELETE FROM ${this.#started} WHERE name = $1`, [name], transaction);
  }

  async #names(): Promise<string[] | undefined> {
    const rows = await this.#rows<{ name: string }>(`SELECT name FROM ${this.#done} ORDER BY name`);
    return rows?.map(({ name }) => name);
  }

  async #begun(): Promise<StartedMigration[] | undefined> {
    const columns = 'name, direction, state, started_at AS "startedAt", started_by AS "startedBy"';
    const rows = await this.#rows<StartedMigration>(`SELECT ${columns} FROM ${this.#started} ORDER BY name`);
    return rows?.map((row) => ({ ...row, startedAt: new Date(row.startedAt) }));
  }

  async #inTransaction(work: (transaction: Transaction) => Promise<void>): Promise<void> {
    await this.database.quietly(() => this.database.sequelize.transaction(QUIET, work));
  }

  /** `undefined` where there is no such table. */
  async #rows<Row extends object>(sql: string): Promise<Row[] | undefined> {
    try {
      return await this.database.quietly(() => this.database.sequelize.query<Row>(sql, { ...QUIET, type: QueryTypes.SELECT }));
    } catch (error) {
      if (hasCode(error, UNDEFINED_TABLE)) return undefined;
      throw error;
    }
  }

  async #run(sql: string, bind: readonly unknown[] = [], transaction?: Transaction): Promise<void> {
    const options = { ...QUIET, ...(bind.length > 0 && { bind: [...bind] }), ...(transaction && { transaction }) };
    await this.database.quietly(() => this.database.sequelize.query(sql, options));
  }
}

const TIMES = ['createdAt', 'updatedAt'];

const QUIET = { logging: false } as const;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
