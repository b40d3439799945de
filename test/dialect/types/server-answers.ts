import pg from 'pg';
import { UnsupportedOnFallbackError } from '../../../src/errors.js';
import { PgError } from '../../../src/dialect/pg-error.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';

/** What becomes of one text: PostgreSQL's text of the value, or its error. */
export type Answer =
  | string
  | { readonly code: string | undefined; readonly message: string; readonly detail: string | undefined; readonly hint: string | undefined };

/** Stores each text in a column of the type on a real server. The client must leave results as they come. */
export async function serverAnswers(client: pg.Client, type: string, texts: readonly string[]): Promise<Answer[]> {
  await client.query(`DROP TABLE IF EXISTS probe; CREATE TEMP TABLE probe (value ${type})`);
  const answers: Answer[] = [];
  for (const text of texts) answers.push(await serverAnswer(client, text));
  return answers;
}

async function serverAnswer(client: pg.Client, text: string): Promise<Answer> {
  try {
    const { rows } = await client.query<{ value: string }>(`INSERT INTO probe VALUES (${pg.escapeLiteral(text)}) RETURNING value`);
    return rows[0]?.value ?? 'null';
  } catch (error) {
    const { code, message, detail, hint } = error as pg.DatabaseError;
    return { code, message, detail, hint };
  }
}

/** `undefined` where the codec refuses what it doesn't know. */
export function codecAnswer(type: PgType, text: string): Answer | undefined {
  const codec = codecFor(type);
  try {
    return codec.output(codec.input(text));
  } catch (error) {
    if (error instanceof UnsupportedOnFallbackError) return undefined;
    if (!(error instanceof PgError)) throw error;
    const { code, message, detail, hint } = error;
    return { code, message, detail, hint };
  }
}
