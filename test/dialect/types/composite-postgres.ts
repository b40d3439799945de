import pg from 'pg';
import { PgError } from '../../../src/dialect/pg-error.js';
import type { Codec } from '../../../src/dialect/types/codec.js';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';

/** What an input function made of a text: its output, or the error. */
export type Outcome = { readonly text: string } | { readonly code: string; readonly message: string; readonly detail: string | null };

/** A connection to a real server that answers what a type makes of a text, with the extensions of the tests. */
export interface Comparison {
  readonly client: pg.Client;
  readonly server: PostgresServer;
  cast(type: string, texts: readonly string[]): Promise<Outcome[]>;
  end(): Promise<void>;
}

const CAST_FUNCTION = `
  CREATE FUNCTION try_cast(type text, given text) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE answer text; code text; message text; detail text;
  BEGIN
    EXECUTE format('SELECT format(''%%s'', %L::%s)', given, type) INTO answer;
    RETURN jsonb_build_object('text', answer);
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN jsonb_build_object('code', code, 'message', message, 'detail', nullif(detail, ''));
  END $$`;

export async function comparison(): Promise<Comparison> {
  const server = await startPostgres({ settings: { timezone: 'UTC' } });
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query('CREATE EXTENSION hstore');
  await client.query(CAST_FUNCTION);
  return {
    client,
    server,
    async cast(type, texts) {
      const { rows } = await client.query<{ outcome: Outcome }>(
        'SELECT try_cast($1, given) AS outcome FROM unnest($2::text[]) WITH ORDINALITY AS t(given, n) ORDER BY n',
        [type, texts],
      );
      return rows.map(({ outcome }) => outcome);
    },
    async end() {
      await client.end();
      await server.dispose();
    },
  };
}

export function outcomeOf(codec: Codec, text: string): Outcome {
  try {
    return { text: codec.output(codec.input(text)) };
  } catch (error) {
    if (!(error instanceof PgError)) throw error;
    return { code: error.code, message: error.message, detail: error.detail ?? null };
  }
}
