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

/** What only a value of a row, or the state of a session, decides: it is refused when it happens and can't be known before. */
const KNOWN_LATER: ReadonlySet<string> = new Set([]);

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
    if (refused !== undefined && KNOWN_LATER.has(name)) return;
    it(`${refused === undefined ? 'says nothing of' : 'tells of'} ${feature}: ${name}`, async () => {
      const findings = await findingsOf(contractCase, index);
      if (refused === undefined) expect(findings).toEqual([]);
      else expect(findings).not.toEqual([]);
    });
  });
});
