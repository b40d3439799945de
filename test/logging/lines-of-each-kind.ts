import type { LogFields } from '../../src/index.js';
import { Log } from '../../src/log.js';
import { Narration } from '../../src/narration.js';
import { resolveConfig } from '../../src/options/resolve-config.js';
import { FakeClock } from '../support/fake-clock.js';

/** A line as a logger gets it. */
export interface Line {
  readonly level: string;
  readonly text: string;
  readonly fields: LogFields;
}

const REFUSED = new Error('connect ECONNREFUSED 10.0.0.7:5432');
const PRIMARY = { name: 'primary', sinceMs: 0, epoch: 1, failoversAtMs: [], failures: 0 } as const;
const MIGRATION = { database: 'primary', name: '001-users', direction: 'up', position: 1, count: 2, durationMs: 40 } as const;
const FINDING = { foundIn: 'definition', model: 'Order', attribute: 'area', feature: 'GEOMETRY', workaround: 'Keep it as JSON.' } as const;

/** Everything that a narration can say, with everything that it can know. */
const SAID: ((narration: Narration) => void)[] = [
  (narration) => narration.starting(),
  (narration) => narration.attemptFailed(REFUSED, 'server-down', 1_500, 1),
  (narration) => narration.attemptFailed(REFUSED, 'authentication', undefined, 2),
  (narration) => narration.onPrimary({ from: null, epoch: 1, durationMs: 35 }),
  (narration) => narration.usesHost({ host: '10.0.0.7', port: 5432 }),
  (narration) => narration.strangeHost(new Error('10.0.0.8 belongs to another cluster')),
  (narration) => narration.probeFailed(REFUSED, 'server-down', 1, PRIMARY),
  (narration) => narration.probeFailed(REFUSED, 'server-down', 2, PRIMARY),
  (narration) => narration.degraded('too-many-connections'),
  (narration) => narration.unavailable('fallback-failed', new Error('disk full')),
  (narration) => narration.fallbackFailed(new Error('disk full')),
  (narration) => narration.commitUnknown('745'),
  (narration) => narration.commitUnknown(undefined),
  (narration) => narration.failoverRequested('maintenance\nof the disk', true),
  (narration) => narration.onFallback('server-down', { from: 'postgres', epoch: 2, durationMs: 12 }),
  (narration) => narration.setAside('/data/shop.sqlite.bak-1', 'items.weight is missing'),
  (narration) => narration.primaryNotReady(new Error('PostgreSQL has no table "users"'), true),
  (narration) => narration.recovering(),
  (narration) => narration.recovered({ from: 'sqlite', epoch: 3, durationMs: 61_000 }),
  (narration) => narration.rowsKept(7),
  (narration) => narration.rowsKept(0),
  (narration) => narration.modelsNotReady(new Error('one model could not be made')),
  (narration) => narration.parity({ ...FINDING, statement: null }),
  (narration) => narration.parity({ ...FINDING, model: null, attribute: null, foundIn: 'statement', statement: 'SELECT ?' }),
  (narration) => narration.migrationsBegin('primary', 'up', 2),
  (narration) => narration.migrationsImpossible(new Error('umzug is missing')),
  (narration) => narration.migrationsWait('primary'),
  (narration) => narration.migrationGoesOn('primary', '001-users', 30_000),
  (narration) => narration.migration({ ...MIGRATION, status: 'started', durationMs: null }),
  (narration) => narration.migration({ ...MIGRATION, status: 'finished' }),
  (narration) => narration.migration({ ...MIGRATION, status: 'failed' }),
  (narration) => narration.leftOut('fallback', '001-users', "CREATE EXTENSION\n postgis -- 'secret'", 'SQLite has no extensions'),
  (narration) => narration.classifyThrew(new Error('my veto broke')),
  (narration) => narration.listenerThrew('connected', new Error('my gauge broke')),
  (narration) => narration.metrics('up is registered already'),
  (narration) => narration.closed(),
];

/** All the lines that there are. */
export function linesOfEachKind(): Line[] {
  const lines: Line[] = [];
  const keep =
    (level: string) =>
    (text: string, fields?: LogFields): void =>
      void lines.push({ level, text, fields: fields as LogFields });
  const logger = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  const config = resolveConfig(
    {
      serviceName: 'shop',
      logger,
      fallback: { storage: ':memory:' },
      options: { allowSQLiteFallback: true },
      primary: { hosts: ['10.0.0.7', '10.0.0.8:5433'] },
    },
    { NODE_ENV: 'test' },
  );
  const narration = new Narration(new Log('shop', config.logger, new FakeClock()), config);
  for (const say of SAID) say(narration);
  return lines;
}
