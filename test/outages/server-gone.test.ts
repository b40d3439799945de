import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { livesThrough, type Loss } from './loss.js';
import { CAN_LOCK, ENVIRONMENTS, startService } from './service.js';

leakGuard();

let postgres: PostgresServer;

beforeAll(async () => {
  postgres = await startPostgres({ settings: CAN_LOCK });
});
afterAll(() => postgres.dispose());
afterEach(() => postgres.start());

// A server that goes in order says so for a moment: 57P03.
const GONE = { reason: /^(server-down|starting-up)$/, noticedWithinMs: 5_000, repair: () => postgres.start() };
const LOSSES: Record<string, Loss> = {
  'is killed': { ...GONE, strike: () => postgres.kill() },
  'is stopped at once': { ...GONE, strike: () => postgres.stop('immediate') },
  'is stopped in order': { ...GONE, strike: () => postgres.stop('fast') },
};

describe.each(Object.keys(LOSSES))('a PostgreSQL that %s', (name) => {
  it.each(ENVIRONMENTS)('is bridged in %s, and everybody learns what became of his work', async (environment) => {
    const service = await startService(postgres, environment);
    await livesThrough(LOSSES[name] as Loss, service, environment, postgres);
  });
});
