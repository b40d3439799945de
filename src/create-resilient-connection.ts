import { Sequelize, type Options } from 'sequelize';
import { systemClock, type Clock, wallClockOf } from './clock.js';
import { nameFor, poolName } from './databases/application-name.js';
import { classifyFailure } from './databases/connection-failure.js';
import { Hosts } from './databases/hosts.js';
import { PasswordSource } from './databases/password-source.js';
import { useHost, usePasswords } from './databases/pool-connects.js';
import { createPostgresInstance } from './databases/postgres.js';
import type { Database, DatabaseInstance } from './databases/database.js';
import { createSqliteDatabase } from './databases/sqlite.js';
import type { SqliteDriver } from './databases/sqlite-drivers/driver.js';
import { loadSqlite3 } from './databases/sqlite-drivers/sqlite3.js';
import { sessionStart } from './dialect/client/session-start.js';
import { ConnectionClosedError, SQLiteDriverError } from './errors.js';
import { schemaReport } from './drift/schema-report.js';
import { Events } from './events.js';
import { Activations } from './failover/activations.js';
import { CommitLookup } from './failover/commit-lookup.js';
import { Supervisor } from './failover/supervisor.js';
import { WaitingRoom } from './failover/waiting-room.js';
import { HostAsker } from './health/host-asker.js';
import type { HostProbeParts } from './health/host-probe.js';
import { HostProbes, type ProberEars } from './health/host-probes.js';
import type { ProbeTarget } from './health/probe.js';
import { type StatusFacts, statusOf } from './health/report.js';
import { Snapshots } from './health/snapshot.js';
import { Log } from './log.js';
import { Narration } from './narration.js';
import type { ResilientConfig } from './options.js';
import { definedIn } from './options/resolve-primary.js';
import { resolveConfig, type ResolvedConfig } from './options/resolve-config.js';
import type { ParityReport } from './parity/finding.js';
import { ParityGuard } from './parity/guard.js';
import { watchFallback, watchPrimary } from './parity/watch.js';
import { ConnectionHandle, DEFAULT_CLOSE_TIMEOUT_MS, type HandleParts } from './resilient-connection.js';
import { resilientClassOf, type Routing, routingOf } from './routing/resilient-sequelize.js';
import type { Router, RouterPorts } from './routing/router.js';
import type { MigrationEars } from './migrator/database-migrations.js';
import { migratorOf, type MigratorParts } from './migrator/migrator.js';
import { RecordTables } from './migrator/record-tables.js';
import { loadUmzug } from './migrator/umzug.js';
import { resolveMigrations } from './options/resolve-migrations.js';
import { tablesOf } from './schema/prepare.js';
import { internalsOf } from './sequelize-internals.js';
import type { FailureVerdict } from './words.js';

/**
 * Connects to PostgreSQL, or where that is allowed and PostgreSQL is away, to the SQLite fallback; then keeps watch.
 *
 * Resolves when a database is active.
 * @throws ConfigurationError for an option that can't be used, before anything is opened
 * @throws PrimaryUnavailableError where PostgreSQL could not be reached and no fallback is allowed or works
 */
export async function createResilientConnection(config: ResilientConfig): Promise<ResilientConnection> {
  const connection = new ResilientConnection(config);
  try {
    return await connection.ready;
  } catch (error) {
    await connection.close({ timeout: 0 });
    throw error;
  }
}

/**
 * A resilient connection that can be used at once: work that is given to its `sequelize` before it has connected waits.
 *
 * For modules without top-level await; elsewhere `createResilientConnection` is the same with the wait at the start.
 */
export class ResilientConnection extends ConnectionHandle {
  /** @throws ConfigurationError for an option that can't be used, before anything is opened */
  constructor(config: ResilientConfig) {
    super(compose(resolveConfig(config), systemClock));
  }
}

function compose(config: ResolvedConfig, clock: Clock): HandleParts {
  const log = new Log(config.serviceName, config.logger, clock);
  const narrator = new Narration(log, config);
  const sequelize = newSequelize(config);
  const routing = routingOf(sequelize);
  const { router } = routing;
  const outside = <T>(call: () => T): T => router.outside(call);
  const publishing = { serviceName: config.serviceName, apart: (call: () => void) => router.apart(call) };
  const events = new Events((event, error) => narrator.listenerThrew(event, error), outside, publishing);
  const driver = new DriverLoader(events);
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
  const steps = [config.schema.primary, config.schema.fallback];
  // Not first in the outage.
  if (steps.some((step) => typeof step === 'object')) void loadUmzug().catch((error: unknown) => narrator.migrationsImpossible(error));
  if (guard !== undefined) hearOfModels(routing, sequelize, guard);
  connect(routing, { supervisor, activations, lookups, events, classify });
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

interface Schemers {
  readonly router: Router;
  readonly supervisor: Supervisor;
  readonly activations: Activations;
}

/** What asks and changes the schemas of both databases, whichever is active. */
function schemasOf(
  config: ResolvedConfig,
  { sequelize, ears, router, supervisor, activations }: Pick<MigratorParts, 'sequelize' | 'ears'> & Schemers,
): Pick<HandleParts, 'migrator' | 'schemaReport'> {
  const { allowed: hasFallback } = config.fallback;
  const parts: Omit<MigratorParts, 'hasFallback'> = {
    sequelize,
    ears,
    quietly: (work) => router.quietly(work),
    lost: (instance, error) => activations.giveUp(instance, error),
    activeRole: async () => (supervisor.gate.open() ?? (await supervisor.gate.wait())).role,
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
  readonly classify: (error: unknown, verdict: FailureVerdict) => FailureVerdict;
}

/** Lets the supervisor decide where work goes, and hear of what happens to it. */
function connect(routing: Routing, { supervisor, activations, lookups, events, classify }: Deciders): void {
  const { router } = routing;
  Object.assign(router.ports, {
    gate: {
      open: () => supervisor.gate.open(),
      wait: () => supervisor.gate.wait(),
      recover: (instance, error, repetition) => supervisor.statements.recover(instance, error, repetition),
    },
    onFailure: (error, instance) => supervisor.statements.noteFailure(error, instance),
    onOutcome: (kind, outcome) => events.emit('outcome', { kind, outcome }),
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

function newSequelize({ serviceName, primary, sequelize: given, Sequelize: Base = Sequelize }: ResolvedConfig): Sequelize {
  const { database, username, password, host, port, pool, logging } = primary;
  const dialectOptions = { keepAlive: true, ...primary.dialectOptions, application_name: poolName(serviceName, primary.dialectOptions) };
  // sequelize-typescript would define its models within its constructor, before the object routes anything.
  const { models, modelPaths, ...others } = given as { models?: unknown; modelPaths?: unknown };
  const options = { ...others, host, port, pool, logging, dialectOptions, dialect: 'postgres' };
  const Class = resilientClassOf(Base);
  // A function's answer is asked for at each connect; without one Sequelize would keep it in its configuration.
  const constant = typeof password === 'function' ? undefined : password;
  const sequelize = new Class(database as string, username as string, constant, options as Options);
  for (const list of [models, modelPaths]) {
    if (list !== undefined) (sequelize as Sequelize & { addModels?(models: unknown): void }).addModels?.(list);
  }
  return sequelize;
}

const NOTHING_EXAMINED: ParityReport = Object.freeze({
  mode: 'off',
  findings: [],
  examined: { models: 0, statements: 0 },
  leftOut: 0,
});

function guardOf(config: ResolvedConfig, sequelize: Sequelize, narrator: Narration, isOver: () => boolean): ParityGuard | undefined {
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
function hearOfModels(routing: Routing, sequelize: Sequelize, guard: ParityGuard): void {
  for (const model of [...internalsOf(sequelize).modelManager.models]) guard.noteModel(model);
  routing.onDefine = (model) => guard.noteModel(model);
}

/** The database with instances whose statements the guard hears of. */
function watched<Some extends Database | undefined>(database: Some, guard: ParityGuard | undefined, router: Router): Some {
  if (guard === undefined || database === undefined) return database;
  const createInstance = () => {
    const instance = database.createInstance();
    if (instance.role === 'primary') watchPrimary(instance.sequelize, guard, () => router.isQuiet);
    else watchFallback(instance.sequelize, guard);
    return instance;
  };
  return { ...database, createInstance };
}

/** How the primary is reached: which hosts there are, and the password where a function gives it. */
interface Access {
  readonly hosts: Hosts;
  readonly passwords: PasswordSource | undefined;
}

function accessOf({ primary, connectTimeoutMs }: ResolvedConfig, clock: Clock, outside: <T>(call: () => T) => T): Access {
  const { hosts, password } = primary;
  const passwords = typeof password === 'function' ? new PasswordSource(() => outside(password), connectTimeoutMs, clock) : undefined;
  return { hosts: new Hosts(hosts), passwords };
}

/** Instances are built from what Sequelize made of the configuration. */
function primaryDatabase(sequelize: Sequelize, { hosts, passwords }: Access, narrator: Narration, clock: Clock): Database {
  const { template, router } = routingOf(sequelize);
  // The first activation takes the instance that the object was made with: programs may have kept its connection manager.
  let unused: DatabaseInstance | undefined = router.current;
  return {
    role: 'primary',
    engine: 'postgres',
    createInstance: () => {
      const instance = unused ?? createPostgresInstance(template, clock);
      unused = undefined;
      const address = hosts.take();
      if (hosts.list.length > 1) {
        useHost(instance.sequelize, address);
        narrator.usesHost(address);
      }
      if (passwords !== undefined) usePasswords(instance.sequelize, passwords);
      return instance;
    },
  };
}

function fallbackDatabase(config: ResolvedConfig, sequelize: Sequelize, driver: DriverLoader, clock: Clock): Database | undefined {
  if (!config.fallback.allowed) return undefined;
  const { router, template } = routingOf(sequelize);
  return createSqliteDatabase({
    storage: config.fallback.storage,
    logging: config.fallback.logging,
    options: definedIn({ operatorsAliases: config.sequelize.operatorsAliases, typeValidation: config.sequelize.typeValidation }),
    loadDriver: () => driver.load(),
    currentUnit: () => router.unit,
    nowMs: () => clock.nowMs(),
    start: sessionStart({ ...template.options, ...template.config }),
  });
}

/** As whom and how the primary's hosts are asked outside the pool. */
function askingOf({ serviceName, primary, sequelize: options }: ResolvedConfig, { passwords }: Access, clock: Clock): HostProbeParts {
  const { database, username: user, password, dialectOptions } = primary;
  const { Client } = (options as { dialectModule?: { Client?: ProbeTarget['Client'] } }).dialectModule ?? {};
  const { ssl, options: serverOptions, client_encoding, stream } = dialectOptions as Record<string, unknown>;
  const connect = definedIn({ options: serverOptions, client_encoding, stream });
  return {
    target: { database, user, ssl, connect, Client, applicationName: nameFor('probe', poolName(serviceName, dialectOptions)) },
    password: typeof password === 'function' ? passwords : password,
    clock,
  };
}

function lookupsOf({ maxWaitMs }: ResolvedConfig, { hosts }: Access, asking: HostProbeParts): CommitLookup {
  const asker = new HostAsker(hosts, asking);
  return new CommitLookup({
    clock: asking.clock,
    maxWaitMs,
    ask: (marks, deadlineMs) => asker.run(deadlineMs, (probe, restMs) => probe.transactions(marks, restMs)),
    drop: () => asker.drop(),
  });
}

function proberOf(config: ResolvedConfig, sequelize: Sequelize, { hosts }: Access, asking: HostProbeParts, told: ProberEars): HostProbes {
  return new HostProbes({
    ...asking,
    ...told,
    hosts,
    takesReadOnly: config.primary.targetSessionAttrs === 'any',
    tables: () => tablesOf(sequelize),
  });
}

/** Loads the SQLite driver at its first use and tells when that fails. */
class DriverLoader {
  #driver: SqliteDriver | undefined;

  constructor(private readonly events: Events) {}

  get name(): string | null {
    return this.#driver?.name ?? null;
  }

  async load(): Promise<SqliteDriver> {
    try {
      return (this.#driver ??= await loadSqlite3());
    } catch (error) {
      if (error instanceof SQLiteDriverError) {
        const { driver: from, message: reason, remedy } = error;
        this.events.emit('driverFallback', { from, to: null, reason, remedy });
      }
      throw error;
    }
  }
}
