import { randomBytes } from 'node:crypto';
import { QueryTypes, type Sequelize } from 'sequelize';
import { ConfigurationError, createResilientConnection, PrimaryUnavailableError, type ResilientConfig } from '../index.js';

/** A schema on PostgreSQL that is made for one use and dropped after it. */
export interface OwnSchema {
  /** Nobody can guess it. */
  readonly name: string;
  /** `search_path` for whoever works in it: itself, and behind it what the role finds by itself, where extensions have their types. */
  readonly searchPath: string;
  /** Drops the schema with all that it holds, and ends the connection. What still works in it is ended. */
  drop(): Promise<void>;
}

/** What it is called where one was left behind: by a process that was killed, or by a lost server. */
const PREFIX = 'sr_both_';

/** Whose statements hold the schema or something in it, and would let its end wait. */
const END_USERS = `
  SELECT pg_terminate_backend(pid) FROM (
    SELECT DISTINCT held.pid FROM pg_locks AS held LEFT JOIN pg_class AS kept ON kept.oid = held.relation
    WHERE held.pid <> pg_backend_pid() AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND $1::text::regnamespace IN (kept.relnamespace, CASE WHEN held.classid = 'pg_namespace'::regclass THEN held.objid END)
  ) AS users`;

/**
 * Makes a schema over a connection of its own, which outlives whatever is done to others.
 *
 * @throws PrimaryUnavailableError where PostgreSQL can't be reached
 * @throws ConfigurationError where `primary` can't be used, or its role may make no schema
 */
export async function makeSchema(serviceName: string, primary: ResilientConfig['primary']): Promise<OwnSchema> {
  const connection = await createResilientConnection({
    serviceName,
    primary: { ...primary, pool: { max: 1 }, logging: false },
    // Whoever lost the server within the function has waited for it already.
    options: { allowSQLiteFallback: false, maxRetries: 0, maxWait: 1000 },
    schema: 'none',
    logger: false,
  });
  const { sequelize } = connection;
  const name = `${PREFIX}${randomBytes(12).toString('hex')}`;
  const end = () => connection.close({ timeout: 0 });
  try {
    await sequelize.query(`CREATE SCHEMA ${name}`);
    const searchPath = [name, ...(await schemasFound(sequelize))].map(quoted).join(',');
    return { name, searchPath, drop: () => dropped(sequelize, name).finally(end) };
  } catch (error) {
    await end();
    throw mayNot(error) ? new ConfigurationError('primary', MAY_MAKE_SCHEMAS) : error;
  }
}

const MAY_MAKE_SCHEMAS =
  'must name a role that may make a schema for the run: GRANT CREATE ON DATABASE … TO …, or take a database that belongs to it';

/** SQLSTATE 42501, insufficient_privilege. */
const mayNot = (error: unknown): boolean => (error as { original?: { code?: unknown } } | undefined)?.original?.code === '42501';

async function schemasFound(sequelize: Sequelize): Promise<string[]> {
  const [row] = await sequelize.query<{ found: string[] }>('SELECT current_schemas(false)::text[] AS found', { type: QueryTypes.SELECT });
  return row?.found ?? [];
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

async function dropped(sequelize: Sequelize, name: string): Promise<void> {
  try {
    await sequelize.query(END_USERS, { bind: [name] });
    await sequelize.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
  } catch (error) {
    const left = `onBothEngines: its schema is left behind on PostgreSQL; remove it with DROP SCHEMA IF EXISTS ${name} CASCADE`;
    throw new PrimaryUnavailableError(`${left} (${error instanceof Error ? error.message : String(error)})`, { attempts: 1, cause: error });
  }
}
