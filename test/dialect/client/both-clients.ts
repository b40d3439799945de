import { join } from 'node:path';
import pg from 'pg';
import { loadSqlite3 } from '../../../src/databases/sqlite-drivers/sqlite3.js';
import { FallbackClient } from '../../../src/dialect/client/fallback-client.js';
import { LiveCatalog } from '../../../src/dialect/client/live-catalog.js';
import { Session, type Request } from '../../../src/dialect/client/session.js';
import { TextPlanner } from '../../../src/dialect/client/text-planner.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { tempFolder } from '../../support/temp-folder.js';

/** An answer, or a failure, without what only a server knows. */
export type Answer = object;
type Text = string | [text: string, values: unknown[]];

export interface BothClients {
  /** Sends the same texts, one after the other, to a session of each and answers what each gave, PostgreSQL's first. */
  both(...texts: Text[]): Promise<[Answer[], Answer[]]>;
  dispose(): Promise<void>;
}

class SessionClient extends FallbackClient {
  constructor(private readonly session: Session) {
    super();
  }

  protected override run(request: Request) {
    return this.session.run(request);
  }
}

/** A PostgreSQL server and a fallback file, both empty. */
export async function openBothClients(): Promise<BothClients> {
  const server = await startPostgres();
  const handle = await (await loadSqlite3()).open(join(tempFolder(), 'client.sqlite'));
  await handle.exec('PRAGMA foreign_keys=ON');
  const shared = {
    planner: new TextPlanner((oid) => (pg.types.getTypeParser as (oid: number) => (text: string) => unknown)(oid)),
    catalog: await LiveCatalog.load(handle),
    noteRowsWritten: () => undefined,
  };
  return {
    both: async (...texts) => [
      await onServer(server, texts),
      await send(new SessionClient(new Session(() => Promise.resolve(handle), shared)), texts),
    ],
    dispose: async () => {
      await handle.close();
      await server.dispose();
    },
  };
}

async function onServer(server: PostgresServer, texts: Text[]): Promise<Answer[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`SET TIME ZONE 'UTC'`);
  try {
    return await send(client, texts);
  } finally {
    await client.end();
  }
}

async function send(client: pg.Client | FallbackClient, texts: Text[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const text of texts) {
    const [sql, values] = typeof text === 'string' ? [text, undefined] : text;
    const answer = client instanceof FallbackClient ? client.query(sql, values) : client.query(sql, values);
    answers.push(await answer.then(shown, failure));
  }
  return answers;
}

interface Result {
  command: string;
  rowCount: number | null;
  oid: number | null;
  rows: unknown[];
  fields: { name: string; dataTypeID: number }[];
}

function shown(result: unknown): Answer {
  if (Array.isArray(result)) return result.map(shown);
  const { command, rowCount, oid, rows, fields } = result as Result;
  return { command, rowCount, oid, rows, fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })) };
}

function failure(error: unknown): Answer {
  const { code, message, detail, table, constraint, severity } = error as Record<string, unknown>;
  return { code, message, detail, table, constraint, severity };
}
