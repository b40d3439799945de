import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engines } from './statements-engines.js';
import { SCHEMA } from './statements-schema.js';
import { type Case, GROUPED, JOINS, MORE, ODD, ORDERED, REFUSED, SELECTS, SETS, SOURCES, WITHS } from './statements-reading.js';
import { DELETES, INSERTS, UPDATES } from './statements-writing.js';

let engines: Engines;

beforeAll(async () => {
  engines = await Engines.start();
  await engines.prepare(SCHEMA);
});

afterAll(() => engines.stop());

function check(cases: readonly Case[]): void {
  const listed = cases.map((one) => (typeof one === 'string' ? ([one] as const) : one));
  it.each(listed.map((one) => ({ text: one[0].replaceAll(/\s+/g, ' '), one })))('$text', async ({ one: [text, values, after] }) => {
    const { postgres, sqlite } = await engines.answers(text, values ?? [], after);
    expect(sqlite.map((answer) => JSON.stringify(answer))).toEqual(postgres.map((answer) => JSON.stringify(answer)));
  });
}

describe('SELECT', () => check(SELECTS));
describe('joins', () => check(JOINS));
describe('groups', () => check(GROUPED));
describe('order and limits', () => check(ORDERED));
describe('set operations and VALUES', () => check(SETS));
describe('functions, views and catalogs in FROM', () => check(SOURCES));
describe('whole queries', () => check(MORE));
describe('queries of all kinds', () => check(ODD));
describe('WITH', () => check(WITHS));
describe('what PostgreSQL refuses', () => check(REFUSED));
describe('INSERT', () => check(INSERTS));
describe('UPDATE', () => check(UPDATES));
describe('DELETE', () => check(DELETES));
