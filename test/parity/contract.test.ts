import type { Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResilientConnection } from '../../src/index.js';
import { DEFAULT_START } from '../../src/dialect/client/session-start.js';
import type { ParityFinding } from '../../src/parity/finding.js';
import { ParityGuard } from '../../src/parity/guard.js';
import { watchPrimary } from '../../src/parity/watch.js';
import { routingOf } from '../../src/routing/resilient-sequelize.js';
import { internalsOf } from '../../src/sequelize-internals.js';
import { outcomeOf } from '../../src/testing/outcome.js';
import { ALL_CASES } from '../contract/cases/index.js';
import type { ContractCase } from '../contract/contract-case.js';
import { siteOn } from '../contract/site.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';

/*
 * The guard is right where it tells of each case that the fallback refuses, and of no other, while the case runs on PostgreSQL alone.
 */

/** What only a row's value, the session or what is stored decides, or a text that is longer than what is examined: it is refused when it happens. */
const KNOWN_LATER: ReadonlySet<string> = new Set([
  'like and notLike: a pattern of 60,000 letters',
  'iLike and notILike: of a column with letters outside ASCII',
  'iLike and notILike: of the sign of Kelvin, which is k in some locales',
  'patterns that a column or an expression gives: control characters beside escapes',
  'other regular expressions: letters by name, of texts outside ASCII',
  'other regular expressions: capitals by name, of texts outside ASCII',
  'contains on JSONB: more levels',
  '-> and ->> on JSON: JSON with blanks',
  '-> and ->> on JSON: JSON with a key twice',
  'casts from and to JSONB: JSON with exponents as JSONB',
  'lower: of capital letters outside ASCII',
  'upper: of letters outside ASCII',
  'initcap: of letters outside ASCII',
  'sum of bigint: beyond 64 bits',
  'date_trunc: of years before 1 and after 9999',
  'extract: of infinity, what grows',
  'extract: of years before 1 and after 9999',
  'age: of infinity',
  'make_date: before the year 1',
  'to_timestamp: of a text that looks otherwise',
  'to_date: of a text that looks otherwise',
  'date and time + -: months in years before 1',
  'date and time + -: differences of infinity',
  'interval + - * /: times infinity',
  'texts cast to interval: other forms',
  'array_agg: distinct numbers that are written differently',
  'jsonb_pretty: with something empty inside',
  'to_jsonb: a large double',
  'jsonb_agg: DISTINCT of equal numbers',
  'sum: past 64 bits',
  'sums beyond 64 bits: of BIGINT',
  'very deep expressions: in an UPDATE',
  'very deep expressions: in a query',
  'what needs a server: RENAME VALUE of an enum with arrays',
  'what needs a server: a table without columns',
  'enums that are written in definitions: a label in an index',
  'enums that are written in definitions: a label in a view',
  'enums that are written in definitions: a label in a CHECK',
  'enums that are written in definitions: a label in a generated column',
  'enums that are written in definitions: the name in an index',
  'enums that are written in definitions: the name in a view',
  'enums that are written in definitions: the name in a CHECK',
  'enums that are written in definitions: a label that a foreign key references',
  'enums that are written in definitions: a label more, with a view of a column that was renamed',
  'materialized views: of the time',
  'temporary tables: outside of a transaction',
  'parameters of a program: not set in this transaction',
]);

/** It makes a table with more columns than its model has, which a fallback made by `'sync'` has not: that is told, and right. */
const MORE_THAN_ITS_MODEL = 'an event store: appended to';

let server: PostgresServer;
let connection: ResilientConnection;
let guarded: { guard: ParityGuard; isOver: boolean };

function renewGuard(sequelize: Sequelize): void {
  // The models of other cases are none of this one's.
  internalsOf(sequelize).modelManager.models.length = 0;
  const state = { isOver: false };
  const guard = new ParityGuard({
    mode: 'warn',
    sequelize,
    start: DEFAULT_START,
    hasModelTablesOnly: true,
    tell: () => undefined,
    isOver: () => state.isOver,
  });
  guarded = Object.assign(state, { guard });
}

beforeAll(async () => {
  server = await startPostgres();
  connection = new ResilientConnection({
    serviceName: 'guarded-contract',
    primary: { url: server.url, logging: false },
    options: { allowSQLiteFallback: false, maxRetries: 0 },
    logger: false,
  });
  await connection.ready;
  const { sequelize } = connection;
  for (const name of ['citext', 'hstore', 'uuid-ossp', 'pgcrypto']) await sequelize.query(`CREATE EXTENSION IF NOT EXISTS "${name}"`);
  const { router } = routingOf(sequelize);
  const current: Parameters<typeof watchPrimary>[1] = {
    isNew: (text) => guarded.guard.isNew(text),
    refusalOf: () => undefined,
    noteAnswered: (text, model) => guarded.guard.noteAnswered(text, model),
  };
  watchPrimary(router.instance.sequelize, current, () => router.isQuiet);
});
afterAll(async () => {
  await connection.close();
  await server.dispose();
});

async function findingsOf(contractCase: ContractCase, index: number): Promise<readonly ParityFinding[]> {
  renewGuard(connection.sequelize);
  await outcomeOf(() => contractCase.run(siteOn(connection.sequelize, `c${index}`)));
  const { findings } = guarded.guard.report();
  guarded.isOver = true;
  return findings;
}

describe('the guard, asked on PostgreSQL alone', () => {
  ALL_CASES.forEach((contractCase, index) => {
    const { feature, name, refused } = contractCase;
    if (`${feature}: ${name}` === MORE_THAN_ITS_MODEL) return;
    const isKnownLater = KNOWN_LATER.has(`${feature}: ${name}`);
    it(`${refused === undefined || isKnownLater ? 'says nothing of' : 'tells of'} ${feature}: ${name}`, async () => {
      const findings = await findingsOf(contractCase, index);
      if (refused === undefined || isKnownLater) expect(findings).toEqual([]);
      else expect(findings).not.toEqual([]);
    });
  });
});
