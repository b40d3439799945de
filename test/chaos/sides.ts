import { Sequelize } from 'sequelize';
import { waitFor } from '../support/wait-for.js';
import type { Site } from './site.js';

/** `resilient` is the library, `plain` Sequelize with pg, `plain-retry` the same with the `retry` option that is often copied. */
export const SIDE_NAMES = ['resilient', 'plain', 'plain-retry'] as const;
export type SideName = (typeof SIDE_NAMES)[number];

/** `production` has PostgreSQL only, `fallback` SQLite too. */
export const MODES = ['production', 'fallback'] as const;
export type Mode = (typeof MODES)[number];

/** What the workers work on: the library, or plain Sequelize. */
export interface Side {
  readonly resilient: boolean;
  readonly hasFallback: boolean;
  readonly sequelize: Sequelize;
  unit<T>(fn: () => Promise<T>): Promise<T>;
  /** Calls a listener with what the library says of work that was in flight at a loss, e.g. `transaction committed`. */
  onOutcome(listener: (outcome: string) => void): void;
  /** Resolves when PostgreSQL is active again. */
  recovered(): Promise<void>;
  close(): Promise<void>;
}

export interface SideOptions {
  readonly site: Site;
  readonly mode: Mode;
  readonly maxWaitMs: number;
  /** For the fallback's file. */
  readonly storageDir: string;
}

const POOL = { max: 10 };

export function openSide(name: SideName, options: SideOptions): Promise<Side> {
  return name === 'resilient' ? openResilient(options) : Promise.resolve(openPlain(options.site, name === 'plain-retry'));
}

async function openResilient({ site, mode, maxWaitMs, storageDir }: SideOptions): Promise<Side> {
  const hasFallback = mode === 'fallback';
  // Loaded here only, for it wraps methods of Sequelize: the plain sides are to be plain.
  const { createResilientConnection } = await import('../../src/index.js');
  const connection = await createResilientConnection({
    serviceName: 'chaos',
    primary: { ...site.login, pool: POOL, logging: false },
    fallback: { storageDir },
    options: { allowSQLiteFallback: hasFallback, maxWait: maxWaitMs },
    logger: process.env['TEST_LOG'] ? console : false,
  });
  return {
    ...{ resilient: true, hasFallback, sequelize: connection.sequelize },
    unit: (fn) => connection.unit(fn),
    onOutcome: (listener) => void connection.on('outcome', ({ kind, outcome }) => listener(`${kind} ${outcome}`)),
    recovered: async () => {
      const what = 'the service to be back on PostgreSQL';
      await waitFor(() => connection.getStatus().state === 'primary', { timeoutMs: 30_000, what });
    },
    close: () => connection.close(),
  };
}

function openPlain({ login }: Site, retry: boolean): Side {
  const sequelize = new Sequelize({
    ...{ ...login, dialect: 'postgres', logging: false, pool: POOL },
    ...(retry && { retry: { max: 5, match: [/Connection/, /terminated/, /ECONN/, /ETIMEDOUT/, /timeout/i], backoffBase: 100 } }),
  });
  return {
    ...{ resilient: false, hasFallback: false, sequelize },
    unit: (fn) => fn(),
    onOutcome: () => undefined,
    recovered: () => Promise.resolve(),
    close: () => sequelize.close(),
  };
}
