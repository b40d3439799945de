import { ConnectionClosedError } from '../errors.js';
import { schemaReport } from '../drift/schema-report.js';
import type { Activations } from '../failover/activations.js';
import type { Supervisor } from '../failover/supervisor.js';
import type { ResolvedConfig } from '../options/resolve-config.js';
import type { HandleParts } from '../resilient-connection.js';
import type { Router } from '../routing/router.js';
import { migratorOf, type MigratorParts } from '../migrator/migrator.js';
import { RecordTables } from '../migrator/record-tables.js';
import { resolveMigrations } from '../options/resolve-migrations.js';

interface Schemers {
  readonly router: Router;
  readonly supervisor: Supervisor;
  readonly activations: Activations;
}

/** What asks and changes the schemas of both databases, whichever is active. */
export function schemasOf(
  config: ResolvedConfig,
  { sequelize, ears, router, supervisor, activations }: Pick<MigratorParts, 'sequelize' | 'ears'> & Schemers,
): Pick<HandleParts, 'migrator' | 'schemaReport'> {
  const { allowed: hasFallback } = config.fallback;
  const parts: Omit<MigratorParts, 'hasFallback'> = {
    sequelize,
    ears,
    quietly: (work) => router.quietly(work),
    lost: (instance, error) => activations.giveUp(instance, error),
    activeRole: async () => (supervisor.entrance.open() ?? (await supervisor.entrance.wait())).role,
    use: (role, fn) => {
      if (supervisor.state.name === 'closed') return Promise.reject(new ConnectionClosedError(config.serviceName));
      return router.outside(() => activations.use(role, fn));
    },
  };
  const records = new RecordTables([config.schema.primary, config.schema.fallback]);
  return {
    migrator: (options) => {
      const plan = resolveMigrations('migrations', options);
      records.add(plan);
      return migratorOf({ ...parts, hasFallback }, plan);
    },
    schemaReport: ({ leaveOut = [] } = {}) =>
      schemaReport({
        ...parts,
        fallbackAllowed: hasFallback,
        leaveOut: [...records.titles, ...leaveOut],
      }),
  };
}
