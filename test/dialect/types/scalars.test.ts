import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { catalogOfEnums } from './catalog-of-enums.js';
import { DATE_TIME_SAMPLES, INTERVAL_SAMPLES, REFUSED_DATES, SAMPLES } from './scalar-samples.js';
import { codecAnswer, serverAnswers } from './server-answers.js';
import { writtenType } from './written-type.js';

const labels = ['sad', 'ok', 'happy', "it's"];
const catalog = catalogOfEnums(
  { schema: 'public', name: 'mood', labels },
  { schema: 'public', name: 'Odd Mood', labels },
  { schema: 'other', name: 'mood', labels },
);
const DATE_TIME_TYPES = ['date', 'time', 'time(2)', 'timestamp', 'timestamp(0)', 'timestamptz', 'timestamptz(3)'];

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres({ settings: { timezone: 'UTC' } });
  client = new pg.Client({ connectionString: server.url, types: { getTypeParser: () => String } });
  await client.connect();
  const list = labels.map((label) => pg.escapeLiteral(label)).join(', ');
  await client.query(
    `CREATE SCHEMA other; CREATE TYPE mood AS ENUM (${list}); CREATE TYPE "Odd Mood" AS ENUM (${list}); CREATE TYPE other.mood AS ENUM (${list})`,
  );
});

afterAll(async () => {
  await client.end();
  await server.dispose();
});

/** Every text has the server's answer or is refused by us; the refused ones are the result. */
async function compare(type: string, texts: readonly string[]): Promise<string[]> {
  const expected = await serverAnswers(client, type, texts);
  const answers = texts.map((text) => codecAnswer(writtenType(type, catalog), text));
  const others = texts
    .map((text, index) => ({ text, ours: answers[index], theirs: expected[index] }))
    .filter(({ ours, theirs }) => ours !== undefined && !isDeepStrictEqual(ours, theirs));
  expect(others.map((other) => JSON.stringify(other))).toEqual([]);
  return texts.filter((_, index) => answers[index] === undefined);
}

describe('the texts that the server takes', () => {
  it.each(Object.entries(SAMPLES))('%s', async (type, texts) => {
    expect(await compare(type, texts)).toEqual(texts.filter((text) => /^(?:0x1F?0?|1_0+)$/.test(text)));
  });

  it.each(DATE_TIME_TYPES)('%s', async (type) => {
    const refused = await compare(type, DATE_TIME_SAMPLES);
    if (type.startsWith('time(') || type === 'time') return;
    expect(refused.filter((text) => !REFUSED_DATES.includes(text))).toEqual([]);
  });

  it('interval', async () => {
    const refused = await compare('interval', INTERVAL_SAMPLES);
    await compare('interval(2)', INTERVAL_SAMPLES);
    expect(refused).toEqual(['P', 'PT', 'P1', 'infinity']);
  });
});
