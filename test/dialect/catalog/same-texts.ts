import { QueryTypes, type Sequelize } from 'sequelize';
import { expect } from 'vitest';
import type { TwoEngines } from './two-engines.js';

interface Failure {
  readonly code?: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/** Sends the texts one after the other; each answer is the rows of a SELECT, `ok`, or PostgreSQL's words of the failure. */
export async function answersOf(sequelize: Sequelize, texts: readonly string[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const text of texts) answers.push(await answerOf(sequelize, text));
  return answers;
}

async function answerOf(sequelize: Sequelize, text: string): Promise<unknown> {
  try {
    if (/^DESCRIBE /.test(text)) return await sequelize.getQueryInterface().describeTable(text.slice('DESCRIBE '.length));
    if (/^INDEXES /.test(text)) return await sequelize.getQueryInterface().showIndex(text.slice('INDEXES '.length));
    if (/^KEYS /.test(text)) return await sequelize.getQueryInterface().getForeignKeyReferencesForTable(text.slice('KEYS '.length));
    if (/^SELECT /.test(text)) return await sequelize.query(text, { type: QueryTypes.SELECT });
    await sequelize.query(text);
    return 'ok';
  } catch (error) {
    const { code, message, detail, hint, constraint } = ((error as { parent?: unknown }).parent ?? error) as Failure;
    // The rows that are refused are known to who sends the statement.
    const isOfRow = /^(?:INSERT|UPDATE|DELETE) /.test(text);
    return [code, message, isOfRow ? undefined : detail, hint, constraint].filter((part) => part !== undefined);
  }
}

/** The answers of both must be the same. @returns those of the fallback */
export async function sameAnswers(engines: TwoEngines, texts: readonly string[]): Promise<unknown[]> {
  const expected = await answersOf(engines.postgres, texts);
  const found = await answersOf(engines.fallback, texts);
  expect(texts.map((text, index) => [text, found[index]])).toEqual(texts.map((text, index) => [text, expected[index]]));
  return found;
}
