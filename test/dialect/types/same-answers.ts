import pg from 'pg';
import { expect } from 'vitest';
import { askPostgres, type Fallback, isRefused } from './scalar-engines.js';

/** Both engines give the same rows, types and errors for every statement, or the fallback refuses it; the refused ones are the result. */
export async function sameAnswers(client: pg.Client, fallback: Fallback, statements: readonly string[]): Promise<string[]> {
  const others: string[] = [];
  const refused: string[] = [];
  for (const statement of statements) {
    const [theirs, ours] = [await askPostgres(client, statement), await fallback.ask(statement)];
    if (isRefused(ours)) refused.push(statement);
    else if (JSON.stringify(theirs) !== JSON.stringify(ours))
      others.push(`${statement}: ${JSON.stringify(theirs)} / ${JSON.stringify(ours)}`);
  }
  expect(others).toEqual([]);
  return refused;
}
