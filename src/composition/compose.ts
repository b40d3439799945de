import { type Clock, wallClockOf } from '../clock.js';
import { classifyFailure } from '../databases/connection-failure.js';
import { DriverLoader } from '../databases/sqlite-drivers/driver-loader.js';
import { Events } from '../events.js';
import { Activations } from '../failover/activations.js';
import type { CommitLookup } from '../failover/commit-lookup.js';
import { Supervisor } from '../failover/supervisor.js';
import { WaitingRoom } from '../failover/waiting-room.js';
import { type StatusFacts, statusOf } from '../health/report.js';
import { Snapshots } from '../health/snapshot.js';
import { Log } from '../log.js';
import { Narration } from '../narration.js';
import type { ResolvedConfig } from '../options/resolve-config.js';
import { DEFAULT_CLOSE_TIMEOUT_MS, type HandleParts } from '../resilient-connection.js';
import { type Routing, routingOf } from '../routing/resilient-sequelize.js';
import type { RouterPorts } from '../routing/router.js';
import type { MigrationEars } from '../migrator/database-migrations.js';
import { loadUmzug } from '../migrator/umzug.js';
import type { FailureVerdict } from '../words.js';
import { accessOf } from './access.js';
import { askingOf, lookupsOf, proberOf } from './asking.js';
import { fallbackDatabase, newSequelize, primaryDatabase } from './databases.js';
import { guardOf, hearOfModels, NOTHING_EXAMINED, watched } from './guard.js';
import { schemasOf } from './schemas.js';

/** Makes the parts of a connection and sets it going: the only place that knows everyone. */
export function compose(config: ResolvedConfig, clock: Clock): HandleParts {
  const log = new Log(config.serviceName, config.logger, clock);
  const narrator = new Narration(log, config);
  const sequelize = newSequelize(config);
  const routing = routingOf(sequelize);
  const { router } = routing;
  const outside = <T>(call: () => T): T => router.outside(call);
  const publishing = { serviceName: config.serviceName, apart: (call: () => void) => router.apart(call) };
  const events = new Events((event, error) => narrator.listenerThrew(event, error), outside, publishing);
  const driver = new DriverLoader(({ driver: from, message: reason, remedy }) =>
    events.emit('driverFallback', { from, to: null, reason, remedy }),
  );
  const room = new WaitingRoom(clock);
  const access = accessOf(config, clock, outside);
  const classify = vetoOf(config, narrator);
  const guard = guardOf(config, sequelize, narrator, () => supervisor.state.name === 'closed');
  const ears = earsOf(narrator, events);
  const databases = {
    primary: watched(primaryDatabase(sequelize, access, narrator, clock), guard, router),
    fallback: watched(fallbackDatabase(config, sequelize, driver, clock), guard, router),
  };
  const activations = new Activations({
    sequelize,
    routing,
    databases,
    steps: config.schema,
    ears,
    onSetAside: (where, why) => narrator.setAside(where, why),
  });
  const asking = askingOf(config, access, clock);
  const lookups = lookupsOf(config, access, asking);
  const supervisor: Supervisor = new Supervisor({
    clock,
    settings: { ...config, fallbackAllowed: config.fallback.allowed, fallbackDecidedBy: config.fallback.decidedBy },
    prober: proberOf(config, sequelize, access, asking, {
      onLost: () => void supervisor.probe(),
      onStrange: (error) => narrator.strangeHost(error),
    }),
    activations,
    lookups,
    events,
    room,
    narrator,
    classify,
    outside,
  });
  loadAhead(config, narrator);
  if (guard !== undefined) hearOfModels(routing, sequelize, guard);
  connect(routing, { supervisor, activations, lookups, events, narrator, classify });
  const startedAtMs = wallClockOf(clock);
  const status = () => statusOf(factsOf({ config, startedAtMs, supervisor, driver, activations, room }));
  const warn = (text: string): void => narrator.metrics(text);
  const { fallback } = databases;
  const snapshots = new Snapshots({ config, status, events, clock, supervisor, activations, fallback, warn });
  supervisor.start();
  const unit: HandleParts['unit'] = (fn) => router.runUnit(fn);
  const parityReport = () => guard?.report() ?? NOTHING_EXAMINED;
  const schemas = schemasOf(config, { sequelize, ears, router, supervisor, activations });
  return { sequelize, supervisor, events, unit, status, snapshots, parityReport, ...schemas };
}

/** Umzug is not loaded first in the outage. */
function loadAhead({ schema }: ResolvedConfig, narrator: Narration): void {
  const isNeeded = [schema.primary, schema.fallback].some((step) => typeof step === 'object');
  if (isNeeded) void loadUmzug().catch((error: unknown) => narrator.migrationsImpossible(error));
}

/** Who hears of migrations. */
function earsOf(narrator: Narration, events: Events): MigrationEars {
  return {
    begins: (database, direction, count) => narrator.migrationsBegin(database, direction, count),
    waits: (database) => narrator.migrationsWait(database),
    still: (database, name, forMs) => narrator.migrationGoesOn(database, name, forMs),
    step: (progress) => {
      narrator.migration(progress);
      events.emit('migration', progress);
    },
    leftOut: (...told) => narrator.leftOut(...told),
  };
}

interface Deciders {
  readonly supervisor: Supervisor;
  readonly activations: Activations;
  readonly lookups: CommitLookup;
  readonly events: Events;
  readonly narrator: Narration;
  readonly classify: (error: unknown, verdict: FailureVerdict) => FailureVerdict;
}

/** Lets the supervisor decide where work goes, and hear of what happens to it. */
function connect(routing: Routing, { supervisor, activations, lookups, events, narrator, classify }: Deciders): void {
  const { router } = routing;
  Object.assign(router.ports, {
    gate: {
      open: () => supervisor.entrance.open(),
      wait: () => supervisor.entrance.wait(),
      recover: (instance, error, repetition) => supervisor.statements.recover(instance, error, repetition),
    },
    onFailure: (error, instance) => supervisor.statements.noteFailure(error, instance),
    onOutcome: (kind, outcome) => events.emit('outcome', { kind, outcome }),
    onCommitUnknown: (transactionId) => router.apart(() => narrator.commitUnknown(transactionId)),
    onRepeat: (kind, { engine }) => events.publish('repeated', { kind, dialect: engine }),
    classify: (error) => classify(error, classifyFailure(error)),
    lookUp: (mark) => router.outside(() => lookups.outcomeOf(mark)),
  } satisfies RouterPorts);
  routing.onSync = (options) => activations.noteSync(options);
  routing.onClose = () => supervisor.close(DEFAULT_CLOSE_TIMEOUT_MS);
}

/** The program's word on a failure, where it has one. */
function vetoOf({ classify }: ResolvedConfig, narration: Narration): (error: unknown, verdict: FailureVerdict) => FailureVerdict {
  return (error, verdict) => {
    try {
      return classify?.(error, verdict) ?? verdict;
    } catch (thrown) {
      narration.classifyThrew(thrown);
      return verdict;
    }
  };
}

interface StatusSources {
  readonly config: ResolvedConfig;
  readonly startedAtMs: () => number;
  readonly supervisor: Supervisor;
  readonly driver: DriverLoader;
  readonly activations: Activations;
  readonly room: WaitingRoom;
}

function factsOf({ config, startedAtMs, supervisor, driver, activations, room }: StatusSources): StatusFacts {
  return {
    serviceName: config.serviceName,
    state: supervisor.state,
    primary: supervisor.facts,
    driver: driver.name,
    inFlight: activations.active?.inFlight.size ?? 0,
    queued: room.size,
    standingWarning: config.fallback.warning,
    clockStartedAtMs: startedAtMs(),
  };
}
