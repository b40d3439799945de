import type { Sequelize } from 'sequelize';
import type { Database } from '../databases/database.js';
import { sessionStart } from '../dialect/client/session-start.js';
import type { Narration } from '../narration.js';
import type { ResolvedConfig } from '../options/resolve-config.js';
import type { ParityReport } from '../parity/finding.js';
import { ParityGuard } from '../parity/guard.js';
import { watchFallback, watchPrimary } from '../parity/watch.js';
import { type Routing, routingOf } from '../routing/resilient-sequelize.js';
import type { Router } from '../routing/router.js';
import { internalsOf } from '../sequelize-internals.js';

export const NOTHING_EXAMINED: ParityReport = Object.freeze({
  mode: 'off',
  findings: [],
  examined: { models: 0, statements: 0 },
  leftOut: 0,
});

export function guardOf(config: ResolvedConfig, sequelize: Sequelize, narrator: Narration, isOver: () => boolean): ParityGuard | undefined {
  const { parity: mode, schema } = config;
  if (mode === 'off') return undefined;
  const { template } = routingOf(sequelize);
  return new ParityGuard({
    mode,
    sequelize,
    start: sessionStart({ ...template.options, ...template.config }),
    hasModelTablesOnly: schema.fallback === 'sync',
    tell: (finding) => narrator.parity(finding),
    isOver,
  });
}

/** Those of `sequelize.models` (sequelize-typescript) are defined already. */
export function hearOfModels(routing: Routing, sequelize: Sequelize, guard: ParityGuard): void {
  for (const model of [...internalsOf(sequelize).modelManager.models]) guard.noteModel(model);
  routing.onDefine = (model) => guard.noteModel(model);
}

/** The database with instances whose statements the guard hears of. */
export function watched<Some extends Database | undefined>(database: Some, guard: ParityGuard | undefined, router: Router): Some {
  if (guard === undefined || database === undefined) return database;
  const createInstance = () => {
    const instance = database.createInstance();
    if (instance.role === 'primary') watchPrimary(instance.sequelize, guard, () => router.isQuiet);
    else watchFallback(instance.sequelize, guard);
    return instance;
  };
  return { ...database, createInstance };
}
