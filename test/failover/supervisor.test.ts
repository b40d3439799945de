import { afterEach, describe, expect, it } from 'vitest';
import { nothingKnown } from '../../src/failover/primary-facts.js';
import type { Recovery } from '../../src/routing/unit-of-work.js';
import type { DatabaseInstance } from '../../src/databases/database.js';
import { InFlight } from '../../src/databases/in-flight.js';
import { ConnectionClosedError, DatabaseUnavailableError, PrimaryUnavailableError } from '../../src/errors.js';
import { Events, type EventName, type ResilientEvents } from '../../src/events.js';
import type { Settings } from '../../src/failover/schedule.js';
import { Supervisor } from '../../src/failover/supervisor.js';
import type { Narrator, ProbeAnswer, Prober, Switch } from '../../src/failover/supervisor-parts.js';
import { WaitingRoom } from '../../src/failover/waiting-room.js';
import type { Engine, FailureVerdict, Role } from '../../src/words.js';
import { FakeClock, settled } from '../support/fake-clock.js';

const DEFAULTS: Settings = {
  serviceName: 'shop',
  fallbackAllowed: true,
  fallbackDecidedBy: 'the default outside production',
  production: false,
  maxRetries: 5,
  autoReconnect: true,
  connectTimeoutMs: 5_000,
  retryDelayMs: 2_000,
  healthCheckIntervalMs: 30_000,
  maxWaitMs: 5_000,
  maxQueued: 1_000,
  detection: { suspectAfterMs: 1_000, probeDeadlineMs: 500 },
};
const PRODUCTION: Partial<Settings> = { fallbackAllowed: false, production: true };

const EVENT_NAMES = [
  'connected',
  'disconnected',
  'failover',
  'recovered',
  'retry',
  'healthCheckPassed',
  'healthCheckFailed',
  'driverFallback',
  'outcome',
  'closed',
] as const satisfies readonly EventName[];

const refused = () => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
const mute = () => Object.assign(new Error('PostgreSQL did not answer'), { code: 'ETIMEDOUT' });
const wrongPassword = () => Object.assign(new Error('password authentication failed'), { code: '28P01', severity: 'FATAL' });
const tooMany = () => Object.assign(new Error('sorry, too many clients already'), { code: '53300', severity: 'FATAL' });

/** One activation of a database, as far as the supervisor looks at it. */
class ScriptedInstance implements DatabaseInstance {
  readonly engine: Engine;
  readonly losesAnswers: boolean;
  readonly inFlight: InFlight;
  lost: Error | undefined;
  readonly pool = { idle: 0, used: 0, connecting: 0, waiting: 0 };
  readonly rowsWritten?: () => Promise<number>;

  /** @param name `'primary 2'` is the second instance of the primary */
  constructor(
    readonly role: Role,
    readonly name: string,
    clock: FakeClock,
  ) {
    this.engine = role === 'primary' ? 'postgres' : 'sqlite';
    this.losesAnswers = role === 'primary';
    this.inFlight = new InFlight(() => clock.nowMs());
    if (role === 'fallback') this.rowsWritten = () => Promise.resolve(7);
  }

  get sequelize(): never {
    throw new Error('The supervisor runs no statements.');
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  openLock(): Promise<never> {
    throw new Error('The supervisor takes no locks.');
  }

  abort(reason: Error): void {
    this.lost ??= reason;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function scripted(instance: DatabaseInstance): ScriptedInstance {
  if (instance instanceof ScriptedInstance) return instance;
  throw new Error('This instance is not of this test.');
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function deferred<T>(): Deferred<T> {
  const parts: Partial<Deferred<T>> = {};
  const promise = new Promise<T>((resolve, reject) => Object.assign(parts, { resolve, reject }));
  promise.catch(() => undefined);
  return Object.assign(parts, { promise }) as Deferred<T>;
}

/** A host that says so, while another one answers as asked. */
class Elsewhere {
  constructor(readonly verdict: 'read-only' | (() => Error)) {}
}

type Verdict = Elsewhere | 'passes' | 'read-only' | 'hangs' | (() => Error);

/** A primary that answers as the test says. */
class ScriptedProber implements Prober {
  /** What the next questions get, in order; then what `usually` says. */
  readonly next: Verdict[] = [];
  usually: Verdict = 'passes';
  missing: string[] = [];
  drops = 0;
  readonly askedAtMs: number[] = [];
  readonly terms: { deadlineMs: number; holdsProcess: boolean }[] = [];
  /** For each question, whether a host was in use. */
  readonly stays: boolean[] = [];
  elsewhere = false;
  readonly #hanging = new Set<Deferred<ProbeAnswer>>();

  constructor(private readonly clock: FakeClock) {}

  ask(deadlineMs: number, { holdsProcess, stay = false }: { holdsProcess: boolean; stay?: boolean }): Promise<ProbeAnswer> {
    this.stays.push(stay);
    this.askedAtMs.push(this.clock.elapsedMs);
    this.terms.push({ deadlineMs, holdsProcess });
    const said = this.next.shift() ?? this.usually;
    this.elsewhere = said instanceof Elsewhere;
    const verdict = said instanceof Elsewhere ? said.verdict : said;
    if (typeof verdict === 'function') return Promise.reject(verdict());
    if (verdict !== 'hangs') return Promise.resolve({ durationMs: 3, readOnly: verdict === 'read-only' });
    const question = deferred<ProbeAnswer>();
    this.#hanging.add(question);
    return question.promise;
  }

  missingTables(): Promise<string[]> {
    return Promise.resolve(this.missing);
  }

  /** As the real one: what waits for an answer hears that the connection is gone. */
  drop(): void {
    this.drops += 1;
    this.#end((question) => question.reject(new Error('Connection terminated unexpectedly')));
  }

  /** Answers the questions that hang. */
  async answer(verdict: 'passes' | (() => Error)): Promise<void> {
    this.#end((question) => (verdict === 'passes' ? question.resolve({ durationMs: 3, readOnly: false }) : question.reject(verdict())));
    await settled();
  }

  #end(end: (question: Deferred<ProbeAnswer>) => void): void {
    for (const question of this.#hanging) end(question);
    this.#hanging.clear();
  }
}

/** Databases that become ready, or don't, as the test says. */
class ScriptedSwitch implements Switch {
  active: ScriptedInstance | undefined;
  behind = false;
  /** What making one ready gives: `undefined` at once, an error, or when the promise settles. */
  readonly preparations: Record<Role, (Error | Promise<undefined> | undefined)[]> = { primary: [], fallback: [] };
  readonly discarded: string[] = [];
  readonly losses: Error[] = [];
  /** One that does not obey ends when its promise settles, however late. */
  obeysCallOff = true;
  closedWith: number | undefined;
  catchUps = 0;
  #calledOff = deferred<never>();
  readonly #made: Record<Role, number> = { primary: 0, fallback: 0 };

  constructor(
    private readonly clock: FakeClock,
    private readonly journal: string[],
  ) {}

  async prepare(role: Role): Promise<ScriptedInstance> {
    const name = `${role} ${++this.#made[role]}`;
    this.journal.push(`prepare ${name}`);
    const outcome = this.preparations[role].shift();
    if (outcome instanceof Error) throw outcome;
    await (this.obeysCallOff ? Promise.race([outcome, this.#calledOff.promise]) : outcome);
    return new ScriptedInstance(role, name, this.clock);
  }

  callOff(): void {
    this.#calledOff.reject(new Error('The switch was called off.'));
    this.#calledOff = deferred();
  }

  activate(instance: DatabaseInstance): void {
    this.active = scripted(instance);
    this.journal.push(`activate ${this.active.name}`);
  }

  discard(instance: DatabaseInstance): Promise<void> {
    this.discarded.push(scripted(instance).name);
    return Promise.resolve();
  }

  lose(reason: Error): void {
    this.losses.push(reason);
    this.active?.abort(reason);
    this.#end('lose');
  }

  leave(): void {
    this.#end('leave');
  }

  catchUp(onError: (error: unknown) => void): Promise<void> {
    this.catchUps += 1;
    this.behind = false;
    onError(new Error('one model could not be made'));
    return Promise.resolve();
  }

  close(timeoutMs: number): Promise<void> {
    this.closedWith = timeoutMs;
    this.#end('close');
    return Promise.resolve();
  }

  #end(how: string): void {
    this.journal.push(`${how} ${this.active?.name ?? 'nothing'}`);
    this.active = undefined;
  }
}

type Told = readonly [event: EventName, payload: unknown];

/** A supervisor among scripted parts. `journal` is all that happened, in order; `told` the events with their payloads. */
class Bench {
  readonly clock = new FakeClock();
  readonly journal: string[] = [];
  readonly told: Told[] = [];
  readonly narrated: string[] = [];
  readonly threw: string[] = [];
  readonly prober = new ScriptedProber(this.clock);
  readonly activations = new ScriptedSwitch(this.clock, this.journal);
  readonly room = new WaitingRoom(this.clock);
  readonly events = new Events((event, error) => this.threw.push(`${event}: ${(error as Error).message}`));
  readonly supervisor: Supervisor;
  classify = (_error: unknown, verdict: FailureVerdict): FailureVerdict => verdict;
  /** How many calls were taken out of their unit of work. */
  outsides = 0;

  constructor(settings: Partial<Settings> = {}) {
    for (const event of EVENT_NAMES) this.events.on(event, (payload) => this.#tell(event, payload));
    this.supervisor = new Supervisor({
      clock: this.clock,
      settings: { ...DEFAULTS, ...settings },
      prober: this.prober,
      activations: this.activations,
      lookups: { idle: () => Promise.resolve(), stop: () => this.journal.push('stop lookups') },
      events: this.events,
      room: this.room,
      narrator: this.#narrator(),
      classify: (error, verdict) => this.classify(error, verdict),
      outside: (call) => {
        this.outsides += 1;
        return call();
      },
    });
    benches.push(this);
  }

  get state(): string {
    return this.supervisor.state.name;
  }

  get asked(): readonly number[] {
    return this.prober.askedAtMs;
  }

  payloads<K extends EventName>(event: K): ResilientEvents[K][] {
    return this.told.filter(([name]) => name === event).map(([, payload]) => payload as ResilientEvents[K]);
  }

  /** Forgets what has happened until now. */
  forget(): void {
    for (const list of [this.journal, this.told, this.narrated, this.prober.askedAtMs, this.prober.terms]) list.length = 0;
  }

  /** A statement of the active database failed. */
  fail(error: Error = refused(), instance: DatabaseInstance | undefined = this.activations.active): void {
    if (instance === undefined) throw new Error('Nothing is active.');
    this.supervisor.statements.noteFailure(error, instance);
  }

  #tell(event: EventName, payload: unknown): void {
    this.told.push([event, payload]);
    this.journal.push(event);
  }

  #narrator(): Narrator {
    const note = (line: string) => void this.narrated.push(line);
    return {
      starting: () => note('starting'),
      attemptFailed: (_error, failure, nextInMs) => note(`attempt failed: ${failure}, next in ${nextInMs}`),
      probeFailed: (_error, failure, consecutive, state) => note(`probe failed: ${failure}, ${consecutive} in a row, ${state.name}`),
      recovering: () => note('recovering'),
      recovered: () => note('recovered'),
      rowsKept: (rows) => note(`${rows} rows kept`),
      onFallback: (reason) => note(`on the fallback: ${reason}`),
      onPrimary: () => note('on the primary'),
      degraded: (kind) => note(`degraded: ${kind}`),
      unavailable: (reason) => note(`unavailable: ${reason}`),
      primaryNotReady: (error) => note(`primary not ready: ${(error as Error).message}`),
      fallbackFailed: (error) => note(`fallback failed: ${(error as Error).message}`),
      modelsNotReady: (error) => note(`models not ready: ${(error as Error).message}`),
      closed: () => undefined,
      failoverRequested: (why, hold) => note(`failover requested${hold ? ', held' : ''}: ${String(why)}`),
    };
  }
}

const benches: Bench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) {
    await bench.supervisor.close(0);
    await settled();
    expect(bench.clock.timersMs).toEqual([]);
    expect(bench.room.size).toBe(0);
  }
});

/** On the primary, with nothing noted yet. Its first due probe is 30 s away. */
async function onPrimary(settings: Partial<Settings> = {}): Promise<Bench> {
  const bench = new Bench(settings);
  bench.supervisor.start();
  await settled();
  expect(bench.state).toBe('primary');
  bench.forget();
  return bench;
}

/** On the fallback since a moment ago, because PostgreSQL refused at the start. */
async function onFallback(settings: Partial<Settings> = {}, why: Verdict = refused): Promise<Bench> {
  const bench = new Bench(settings);
  bench.prober.usually = why;
  bench.supervisor.start();
  await settled();
  expect(bench.state).toBe('fallback');
  bench.forget();
  return bench;
}

/** Without a database since a moment ago, after it was on the primary. */
async function unavailable(settings: Partial<Settings> = PRODUCTION): Promise<Bench> {
  const bench = await onPrimary(settings);
  bench.prober.usually = refused;
  await bench.supervisor.probe();
  expect(bench.state).toBe('unavailable');
  bench.forget();
  return bench;
}

/** What becomes of a promise, without making a rejection unhandled. */
function watch(promise: Promise<unknown>): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: 'pending' };
  promise.then(
    (value) => (seen.outcome = value),
    (error: unknown) => (seen.outcome = error),
  );
  return seen;
}

const rejectionOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const seen = watch(promise);
  await settled();
  return seen.outcome;
};

describe('at the start', () => {
  it('asks the primary at once, within the connect timeout, and holds the process meanwhile', () => {
    const bench = new Bench();
    expect(bench.asked).toEqual([]);
    bench.supervisor.start();
    expect(bench.asked).toEqual([0]);
    expect(bench.prober.terms).toEqual([{ deadlineMs: 5_000, holdsProcess: true }]);
    expect(bench.narrated).toEqual(['starting']);
  });

  it('makes the primary ready and goes there', async () => {
    const bench = new Bench();
    bench.supervisor.start();
    await bench.supervisor.ready;
    expect(bench.state).toBe('primary');
    expect(bench.journal).toEqual(['healthCheckPassed', 'prepare primary 1', 'activate primary 1', 'connected']);
    expect(bench.payloads('connected')).toEqual([{ dialect: 'postgres', fallback: false, epoch: 1 }]);
    expect(bench.narrated).toEqual(['starting', 'on the primary']);
  });

  it('does not ask which tables the primary has: there may be none on purpose', async () => {
    const bench = new Bench();
    bench.prober.missing = ['"users"'];
    bench.supervisor.start();
    await bench.supervisor.ready;
    expect(bench.state).toBe('primary');
  });

  it('goes to the fallback after one failed attempt where that is allowed', async () => {
    const bench = new Bench();
    bench.prober.usually = 'hangs';
    bench.supervisor.start();
    await bench.clock.advance(4_999);
    await bench.prober.answer(mute);
    await bench.supervisor.ready;
    expect(bench.state).toBe('fallback');
    expect(bench.journal).toEqual(['healthCheckFailed', 'prepare fallback 1', 'activate fallback 1', 'failover', 'connected']);
    expect(bench.payloads('failover')).toEqual([{ from: null, to: 'sqlite', reason: 'black-hole', epoch: 1, durationMs: 4_999 }]);
    expect(bench.payloads('connected')).toEqual([{ dialect: 'sqlite', fallback: true, epoch: 1 }]);
    expect(bench.narrated).toEqual([
      'starting',
      'probe failed: black-hole, 1 in a row, connecting',
      'attempt failed: black-hole, next in undefined',
      'on the fallback: black-hole',
    ]);
  });

  it('goes to the fallback also where the primary is read-only', async () => {
    const bench = new Bench();
    bench.prober.usually = 'read-only';
    bench.supervisor.start();
    await bench.supervisor.ready;
    expect(bench.payloads('failover')).toMatchObject([{ from: null, reason: 'not-primary' }]);
  });

  it('goes to the fallback where the primary could not be made ready', async () => {
    const bench = new Bench();
    bench.activations.preparations.primary.push(new Error('migration failed'));
    bench.supervisor.start();
    await bench.supervisor.ready;
    expect(bench.payloads('failover')).toMatchObject([{ from: null, reason: 'primary-not-ready', epoch: 1 }]);
    expect(bench.narrated).toContain('primary not ready: migration failed');
  });

  it('goes to the fallback where the primary goes away while it is made ready', async () => {
    const bench = new Bench();
    bench.prober.next.push('passes', mute);
    bench.activations.preparations.primary.push(deferred<undefined>().promise);
    bench.supervisor.start();
    await bench.clock.advance(5_000);
    await bench.supervisor.ready;
    expect(bench.payloads('failover')).toMatchObject([{ from: null, reason: 'black-hole', epoch: 1 }]);
  });

  it('tells of a wrong password as what it is, and goes to the fallback', async () => {
    const bench = new Bench();
    bench.prober.usually = wrongPassword;
    bench.supervisor.start();
    await bench.supervisor.ready;
    expect(bench.payloads('failover')).toMatchObject([{ reason: 'authentication' }]);
  });

  it('counts a failure that nobody knows as a server that is down: it gave no answer', async () => {
    const bench = new Bench();
    bench.prober.usually = () => new Error('boom');
    bench.supervisor.start();
    await bench.supervisor.ready;
    expect(bench.payloads('failover')).toMatchObject([{ reason: 'server-down' }]);
  });

  it('lets the program judge a failure', async () => {
    const bench = new Bench();
    bench.classify = () => ({ kind: 'starting-up', notSent: true });
    bench.prober.usually = refused;
    bench.supervisor.start();
    await bench.supervisor.ready;
    expect(bench.payloads('failover')).toMatchObject([{ reason: 'starting-up' }]);
  });

  it('fails where the fallback fails too, and tells of both', async () => {
    const bench = new Bench();
    bench.prober.usually = refused;
    bench.activations.preparations.fallback.push(new Error('disk full'));
    bench.supervisor.start();
    const error = await rejectionOf(bench.supervisor.ready);
    expect(error).toBeInstanceOf(PrimaryUnavailableError);
    expect(error).toMatchObject({
      attempts: 1,
      message:
        'shop could not reach PostgreSQL (server-down, 1 attempt): connect ECONNREFUSED 127.0.0.1:5432. ' +
        'The SQLite fallback failed too: disk full',
    });
    expect(bench.state).toBe('unavailable');
    expect(bench.narrated.slice(-2)).toEqual(['fallback failed: disk full', 'unavailable: fallback-failed']);
  });

  it('never causes an unhandled rejection by itself', async () => {
    // Nobody looks at ready here: vitest fails the run at an unhandled rejection.
    const bench = new Bench({ ...PRODUCTION, maxRetries: 0 });
    bench.prober.usually = refused;
    bench.supervisor.start();
    await settled();
    expect(bench.state).toBe('unavailable');
  });
});

describe('at the start without a fallback', () => {
  it('makes maxRetries more attempts at delays that double, then fails with PrimaryUnavailableError', async () => {
    const bench = new Bench({ ...PRODUCTION, maxRetries: 4 });
    bench.prober.usually = refused;
    bench.clock.usualRandom = 0.999_999;
    bench.supervisor.start();
    const ready = watch(bench.supervisor.ready);
    await bench.clock.advance(23_999);
    expect(ready.outcome).toBe('pending');
    await bench.clock.advance(1);
    expect(bench.asked).toEqual([0, 2_000, 6_000, 14_000, 24_000]);
    expect(bench.payloads('retry')).toMatchObject([
      { attempt: 1, maxRetries: 4, delayMs: 2_000 },
      { attempt: 2, maxRetries: 4, delayMs: 4_000 },
      { attempt: 3, maxRetries: 4, delayMs: 8_000 },
      { attempt: 4, maxRetries: 4, delayMs: 10_000 },
    ]);
    expect(bench.payloads('retry').map(({ error }) => error.message)).toEqual(Array(4).fill('connect ECONNREFUSED 127.0.0.1:5432'));
    expect(ready.outcome).toBeInstanceOf(PrimaryUnavailableError);
    expect(ready.outcome).toMatchObject({
      code: 'PRIMARY_UNAVAILABLE',
      attempts: 5,
      message: 'shop could not reach PostgreSQL (server-down, 5 attempts): connect ECONNREFUSED 127.0.0.1:5432.',
      cause: { code: 'ECONNREFUSED' },
    });
    expect(bench.payloads('disconnected')).toEqual([]);
  });

  it('waits for the delay that was told, drawn once', async () => {
    const bench = new Bench(PRODUCTION);
    bench.prober.next.push(refused, refused);
    bench.clock.nextRandoms(0.25, 0.75);
    bench.supervisor.start();
    await settled();
    expect(bench.clock.timersMs).toEqual([500]);
    await bench.clock.advance(500);
    expect(bench.clock.timersMs).toEqual([3_000]);
    await bench.clock.advance(3_000);
    expect(bench.asked).toEqual([0, 500, 3_500]);
    expect(bench.payloads('retry').map(({ delayMs }) => delayMs)).toEqual([500, 3_000]);
    expect(bench.state).toBe('primary');
  });

  it('makes no further attempt while the primary is made ready, but looks after it every connect timeout', async () => {
    const bench = new Bench(PRODUCTION);
    bench.prober.next.push(refused);
    const ready = deferred<undefined>();
    bench.activations.preparations.primary.push(ready.promise);
    bench.supervisor.start();
    await bench.clock.advance(1_000);
    expect(bench.clock.timersMs).toEqual([5_000]);
    await bench.clock.advance(12_000);
    expect(bench.asked).toEqual([0, 1_000, 6_000, 11_000]);
    expect(bench.payloads('retry')).toHaveLength(1);
    expect(bench.journal.filter((line) => line.startsWith('prepare'))).toEqual(['prepare primary 1']);
    ready.resolve(undefined);
    await bench.supervisor.ready;
  });

  it('counts a primary that goes away while it is made ready as a failed attempt, and begins anew', async () => {
    const bench = new Bench(PRODUCTION);
    bench.prober.next.push('passes', refused);
    bench.activations.preparations.primary.push(deferred<undefined>().promise);
    bench.supervisor.start();
    await bench.clock.advance(5_999);
    expect(bench.payloads('retry')).toMatchObject([{ attempt: 1, delayMs: 1_000 }]);
    await bench.clock.advance(1);
    await bench.supervisor.ready;
    expect(bench.asked).toEqual([0, 5_000, 6_000]);
    expect(bench.activations.active?.name).toBe('primary 2');
    expect(bench.narrated).not.toContain('primary not ready: The switch was called off.');
  });

  it('holds the process between attempts, and no longer than that', async () => {
    const bench = new Bench({ ...PRODUCTION, maxRetries: 1 });
    bench.prober.usually = refused;
    bench.supervisor.start();
    await settled();
    expect(bench.clock.holdingTimersMs).toEqual([1_000]);
    await bench.clock.advance(1_000);
    expect(bench.state).toBe('unavailable');
    expect(bench.clock.timersMs).toEqual([1_000]);
    expect(bench.clock.holdingTimersMs).toEqual([]);
  });

  it('fails at once for a wrong password in production', async () => {
    const bench = new Bench(PRODUCTION);
    bench.prober.usually = wrongPassword;
    bench.supervisor.start();
    expect(await rejectionOf(bench.supervisor.ready)).toMatchObject({
      attempts: 1,
      message: 'shop could not reach PostgreSQL (authentication, 1 attempt): password authentication failed.',
    });
    expect(bench.payloads('retry')).toEqual([]);
  });

  it('fails where the primary answers but can not be made ready, and says why', async () => {
    const bench = new Bench(PRODUCTION);
    bench.prober.next.push(refused);
    bench.activations.preparations.primary.push(new Error('migration failed'));
    bench.supervisor.start();
    const ready = watch(bench.supervisor.ready);
    await bench.clock.advance(1_000);
    expect(ready.outcome).toBeInstanceOf(PrimaryUnavailableError);
    expect((ready.outcome as Error).message).toContain('migration failed');
    expect((ready.outcome as Error).message).not.toContain('ECONNREFUSED');
  });

  it('goes on probing after a failed start, and recovers', async () => {
    const bench = new Bench({ ...PRODUCTION, maxRetries: 0 });
    bench.prober.next.push(refused, refused);
    bench.supervisor.start();
    await bench.clock.advance(1_999);
    expect(bench.state).toBe('unavailable');
    await bench.clock.advance(1);
    expect(bench.asked).toEqual([0, 1_000, 2_000]);
    expect(bench.state).toBe('primary');
    expect(bench.journal.slice(-5)).toEqual(['healthCheckPassed', 'prepare primary 1', 'activate primary 1', 'recovered', 'connected']);
    expect(bench.payloads('recovered')).toEqual([{ from: null, to: 'postgres', epoch: 1, downtimeMs: 2_000 }]);
    await expect(bench.supervisor.ready).rejects.toThrow(PrimaryUnavailableError);
  });
});

describe('work that comes while it connects', () => {
  it('waits without a limit and is admitted in order', async () => {
    const bench = new Bench({ ...PRODUCTION, maxWaitMs: 100 });
    bench.prober.usually = 'hangs';
    bench.supervisor.start();
    expect(bench.supervisor.entrance.open()).toBeUndefined();
    const order: string[] = [];
    for (const caller of ['first', 'second', 'third'])
      void bench.supervisor.entrance.wait().then((instance) => order.push(`${caller} on ${instance.engine}`));
    await bench.clock.advance(4_000);
    expect(bench.room.size).toBe(3);
    expect(bench.clock.timersMs).toEqual([]);
    await bench.prober.answer('passes');
    expect(order).toEqual(['first on postgres', 'second on postgres', 'third on postgres']);
    expect(bench.supervisor.entrance.open()).toBe(bench.activations.active);
  });

  it('hears of a failed start, each caller the same', async () => {
    const bench = new Bench({ ...PRODUCTION, maxRetries: 0 });
    bench.prober.usually = refused;
    bench.supervisor.start();
    const calls = [watch(bench.supervisor.entrance.wait()), watch(bench.supervisor.entrance.wait())];
    await settled();
    const error = await rejectionOf(bench.supervisor.ready);
    expect(calls.map(({ outcome }) => outcome)).toEqual([error, error]);
  });

  it('is admitted to the fallback where the start ends there', async () => {
    const bench = new Bench();
    bench.prober.usually = refused;
    bench.supervisor.start();
    expect(await bench.supervisor.entrance.wait()).toMatchObject({ engine: 'sqlite' });
  });
});

describe('on the primary', () => {
  it('probes every healthCheckInterval, in the background, within the deadline of the detection', async () => {
    const bench = await onPrimary();
    bench.clock.nextRandoms(1, 0);
    await bench.clock.advance(90_000);
    expect(bench.asked).toEqual([30_000, 66_000, 90_000]);
    expect(bench.prober.terms).toEqual(Array(3).fill({ deadlineMs: 500, holdsProcess: false }));
    expect(bench.journal).toEqual(Array(3).fill('healthCheckPassed'));
    expect(bench.clock.holdingTimersMs).toEqual([]);
  });

  it('asks once for a thousand failed statements', async () => {
    const bench = await onPrimary();
    bench.prober.next.push('hangs');
    for (let index = 0; index < 1_000; index++) bench.fail();
    await settled();
    for (let index = 0; index < 1_000; index++) bench.fail(mute());
    expect(bench.asked).toEqual([0]);
    await bench.prober.answer('passes');
    expect(bench.asked).toEqual([0]);
    expect(bench.state).toBe('primary');
  });

  it('does not ask for a failure that can not lead to a switch', async () => {
    const bench = await onPrimary();
    for (const error of [new Error('boom'), tooMany(), wrongPassword()]) bench.fail(error);
    bench.classify = () => ({ kind: 'statement', notSent: false });
    bench.fail(refused());
    expect(bench.asked).toEqual([]);
  });

  it('does not ask for a failure on an instance that is not active any more', async () => {
    const bench = await onPrimary();
    bench.fail(refused(), new ScriptedInstance('primary', 'primary 0', bench.clock));
    expect(bench.asked).toEqual([]);
  });

  it('asks a second time at once after a first failure, and stays when that passes', async () => {
    const bench = await onPrimary();
    bench.prober.next.push(mute);
    await bench.clock.advance(30_000);
    expect(bench.asked).toEqual([30_000, 30_000]);
    expect(bench.state).toBe('primary');
    expect(bench.journal).toEqual(['healthCheckFailed', 'healthCheckPassed']);
    expect(bench.supervisor.state).not.toHaveProperty('degradedBy');
    expect(bench.clock.timersMs).toEqual([250, 30_000]);
  });

  it('goes to another host that answers as asked rather than to the fallback, and tells it in order', async () => {
    const bench = await onPrimary();
    bench.prober.next.push(new Elsewhere(mute), new Elsewhere(mute));
    await bench.supervisor.probe();
    await settled();
    expect(bench.state).toBe('primary');
    expect(bench.supervisor.state.epoch).toBe(2);
    expect(bench.journal).toEqual([
      'healthCheckFailed',
      'healthCheckFailed',
      'lose primary 1',
      'disconnected',
      'prepare primary 2',
      'activate primary 2',
      'recovered',
      'connected',
    ]);
    expect(bench.payloads('recovered')).toEqual([{ from: null, to: 'postgres', epoch: 2, downtimeMs: 0 }]);
  });

  it('leaves a read-only host for another one, without a fallback too', async () => {
    const bench = await onPrimary(PRODUCTION);
    bench.prober.next.push(new Elsewhere('read-only'), new Elsewhere('read-only'));
    await bench.supervisor.probe();
    await settled();
    expect(bench.state).toBe('primary');
    expect(bench.payloads('disconnected')).toEqual([{ dialect: 'postgres', reason: 'not-primary' }]);
    expect(bench.supervisor.state).toMatchObject({ epoch: 2, failures: 0 });
  });

  it('goes to the fallback where the other host can not be made ready', async () => {
    const bench = await onPrimary();
    bench.prober.next.push(new Elsewhere(refused));
    bench.activations.preparations.primary.push(new Error('gone as well'));
    await bench.supervisor.probe();
    await settled();
    expect(bench.state).toBe('fallback');
    expect(bench.supervisor.state).toMatchObject({ reason: 'server-down' });
    expect(bench.narrated).toContain('primary not ready: gone as well');
  });

  it('says whether a host is in use: while it is active, and while it is made ready', async () => {
    const bench = new Bench();
    const ready = deferred<undefined>();
    bench.activations.preparations.primary.push(ready.promise);
    bench.supervisor.start();
    await bench.clock.advance(5_000);
    ready.resolve(undefined);
    await settled();
    bench.prober.next.push(refused);
    await bench.clock.advance(30_000);
    expect(bench.state).toBe('fallback');
    await bench.clock.advance(1_000);
    expect(bench.prober.stays).toEqual([false, true, true, false]);
  });

  it('goes to the fallback when the second fails too, and tells it in order', async () => {
    const bench = await onPrimary();
    const left = bench.activations.active;
    bench.prober.next.push('hangs', 'hangs');
    bench.fail(mute());
    await bench.clock.advance(500);
    await bench.prober.answer(mute);
    expect(bench.state).toBe('primary');
    const ready = deferred<undefined>();
    bench.activations.preparations.fallback.push(ready.promise);
    await bench.clock.advance(500);
    await bench.prober.answer(mute);
    expect(bench.state).toBe('unavailable');
    await bench.clock.advance(40);
    ready.resolve(undefined);
    await settled();
    expect(bench.asked).toEqual([0, 500]);
    expect(bench.journal).toEqual([
      'healthCheckFailed',
      'healthCheckFailed',
      'lose primary 1',
      'disconnected',
      'prepare fallback 1',
      'activate fallback 1',
      'failover',
      'connected',
    ]);
    expect(bench.payloads('healthCheckFailed').map(({ consecutive }) => consecutive)).toEqual([1, 2]);
    expect(bench.payloads('disconnected')).toEqual([{ dialect: 'postgres', reason: 'black-hole' }]);
    expect(bench.payloads('failover')).toEqual([{ from: 'postgres', to: 'sqlite', reason: 'black-hole', epoch: 2, durationMs: 40 }]);
    expect(bench.payloads('connected')).toEqual([{ dialect: 'sqlite', fallback: true, epoch: 2 }]);
    expect(bench.activations.losses).toMatchObject([
      { message: `The primary database (${left?.engine}) was lost: black-hole`, code: 'ECONNRESET', cause: { code: 'ETIMEDOUT' } },
    ]);
    expect(bench.narrated.slice(2)).toEqual(['on the fallback: black-hole']);
    expect(bench.supervisor.facts).toMatchObject({ reachable: false, consecutiveFailures: 2 });
    expect(bench.supervisor.facts.consecutiveFailures).toBe(2);
  });

  it('goes at once where the connection is refused', async () => {
    const bench = await onPrimary();
    bench.prober.usually = refused;
    bench.fail();
    await settled();
    expect(bench.asked).toEqual([0]);
    expect(bench.payloads('failover')).toMatchObject([{ reason: 'server-down', durationMs: 0 }]);
  });

  it('is degraded and stays where a pooled connection has answered since', async () => {
    const bench = await onPrimary();
    const inFlight = bench.activations.active?.inFlight;
    bench.prober.next.push('hangs', 'hangs');
    bench.fail(mute());
    await bench.clock.advance(499);
    inFlight?.end(inFlight.begin(), true);
    await bench.clock.advance(1);
    await bench.prober.answer(mute);
    await bench.clock.advance(500);
    await bench.prober.answer(mute);
    expect(bench.supervisor.state).toMatchObject({ name: 'primary', degradedBy: 'black-hole' });
    expect(bench.payloads('disconnected')).toEqual([]);
  });

  it('does not take a statement that ended without an answer for one', async () => {
    const bench = await onPrimary();
    const inFlight = bench.activations.active?.inFlight;
    bench.prober.next.push('hangs');
    bench.fail(mute());
    await bench.clock.advance(10);
    inFlight?.end(inFlight.begin(), false);
    await bench.prober.answer(refused);
    expect(bench.state).toBe('fallback');
  });

  it('is degraded and stays where the server has too many connections', async () => {
    const bench = await onPrimary();
    bench.prober.usually = tooMany;
    await bench.clock.advance(90_000);
    expect(bench.supervisor.state).toMatchObject({ name: 'primary', degradedBy: 'too-many-connections' });
    expect(bench.asked).toEqual([30_000, 60_000, 90_000]);
  });

  it('asks a second time at once also where the server is read-only, and leaves it', async () => {
    const bench = await onPrimary();
    bench.prober.usually = 'read-only';
    await bench.clock.advance(30_000);
    expect(bench.asked).toEqual([30_000, 30_000]);
    expect(bench.payloads('failover')).toMatchObject([{ from: 'postgres', reason: 'not-primary' }]);
  });

  it('becomes unavailable without a fallback, and tells that alone', async () => {
    const bench = await onPrimary(PRODUCTION);
    bench.prober.usually = refused;
    bench.fail();
    await settled();
    expect(bench.state).toBe('unavailable');
    expect(bench.journal).toEqual(['healthCheckFailed', 'lose primary 1', 'disconnected']);
    expect(bench.narrated).toEqual(['probe failed: server-down, 1 in a row, primary', 'unavailable: server-down']);
  });
});

describe('a call that failed and could be made again', () => {
  /** What the failure of a call on the instance that is active now means. */
  const recovery = (bench: Bench, error: Error, { attempt = 0, waitedMs = 0 } = {}): Promise<Recovery> => {
    const { active } = bench.activations;
    if (active === undefined) throw new Error('Nothing is active.');
    return bench.supervisor.statements.recover(active, error, { attempt, firstAtMs: bench.clock.nowMs() - waitedMs });
  };

  it('hears that its database is lost when the probe says so', async () => {
    const bench = await onPrimary();
    bench.prober.usually = refused;
    expect(await recovery(bench, refused())).toBe('lost');
    expect(bench.asked).toEqual([0]);
  });

  it('waits for the second probe where the first one only calls it', async () => {
    const bench = await onPrimary();
    bench.prober.usually = 'hangs';
    const lost = watch(recovery(bench, mute()));
    await bench.prober.answer(mute);
    expect(lost.outcome).toBe('pending');
    expect(bench.asked).toEqual([0, 0]);
    await bench.prober.answer(mute);
    expect(lost.outcome).toBe('lost');
  });

  it('hears that it is not lost when a probe passes', async () => {
    const bench = await onPrimary();
    expect(await recovery(bench, refused())).toBe('same');
    bench.prober.next.push(mute);
    expect(await recovery(bench, refused())).toBe('same');
    expect(bench.asked).toEqual([0, 0, 0]);
  });

  it('hears that it is not lost while pooled connections answer, without asking for ever', async () => {
    const bench = await onPrimary();
    const inFlight = bench.activations.active?.inFlight;
    inFlight?.end(inFlight.begin(), true);
    bench.prober.usually = mute;
    expect(await recovery(bench, mute())).toBe('same');
    expect(bench.asked.length).toBeLessThanOrEqual(2);
  });

  it('does not ask where the error says nothing of the server', async () => {
    const bench = await onPrimary();
    expect(await recovery(bench, new Error('boom'))).toBe('no');
    expect(bench.asked).toEqual([]);
  });

  it('does not ask where it is known already', async () => {
    const bench = await onPrimary();
    const left = bench.activations.active;
    bench.prober.usually = refused;
    bench.fail();
    await settled();
    bench.forget();
    expect(left && (await bench.supervisor.statements.recover(left, refused(), { attempt: 0, firstAtMs: undefined }))).toBe('lost');
    expect(bench.asked).toEqual([]);
  });

  it('does not ask on the fallback', async () => {
    const bench = await onFallback();
    expect(await recovery(bench, refused())).toBe('no');
    expect(bench.asked).toEqual([]);
  });

  it('is not made again after close()', async () => {
    const bench = await onPrimary();
    const left = bench.activations.active;
    left?.abort(new Error('closed'));
    await bench.supervisor.close(0);
    expect(left && (await bench.supervisor.statements.recover(left, refused(), { attempt: 0, firstAtMs: undefined }))).toBe('no');
  });

  it('waits a little longer each time before it is made again on the same database, and not for ever', async () => {
    const bench = await onPrimary({ maxWaitMs: 100 });
    const second = watch(recovery(bench, refused(), { attempt: 1 }));
    await settled();
    expect(second.outcome).toBe('pending');
    await bench.clock.advance(20);
    expect(second.outcome).toBe('same');
    expect(await recovery(bench, refused(), { attempt: 4, waitedMs: 100 })).toBe('no');
  });

  it('is made again where the server has too many connections, which needs no probe', async () => {
    const bench = await onPrimary();
    expect(await recovery(bench, tooMany())).toBe('same');
    expect(bench.asked).toEqual([]);
  });

  it('is not made again where the server is read-only and stays active', async () => {
    const bench = await onPrimary(PRODUCTION);
    expect(await recovery(bench, Object.assign(new Error('read-only'), { code: '25006', severity: 'ERROR' }))).toBe('no');
    expect(bench.asked).toEqual([0]);
  });
});

describe('a statement without an answer', () => {
  const inFlightOf = (bench: Bench): InFlight => {
    const { active } = bench.activations;
    if (active === undefined) throw new Error('Nothing is active.');
    return active.inFlight;
  };

  it('calls a probe when it is a second old', async () => {
    const bench = await onPrimary();
    inFlightOf(bench).begin();
    await bench.clock.advance(999);
    expect(bench.asked).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.asked).toEqual([1_000]);
  });

  it('calls it at 200 ms with the fast detection', async () => {
    const bench = await onPrimary({ detection: { suspectAfterMs: 200, probeDeadlineMs: 200 } });
    inFlightOf(bench).begin();
    await bench.clock.advance(200);
    expect(bench.asked).toEqual([200]);
    expect(bench.prober.terms).toEqual([{ deadlineMs: 200, holdsProcess: false }]);
  });

  it('is no outage while the probes pass: they are called once a second, for as long as it takes', async () => {
    const bench = await onPrimary();
    const inFlight = inFlightOf(bench);
    const ticket = inFlight.begin();
    await bench.clock.advance(5_500);
    expect(bench.asked).toEqual([1_000, 2_000, 3_000, 4_000, 5_000]);
    expect(bench.state).toBe('primary');
    inFlight.end(ticket, true);
    await bench.clock.advance(20_000);
    expect(bench.asked).toHaveLength(5);
  });

  it('is forgotten when it ends: the next one has its own second', async () => {
    const bench = await onPrimary();
    const inFlight = inFlightOf(bench);
    for (let index = 0; index < 10; index++) {
      const ticket = inFlight.begin();
      await bench.clock.advance(900);
      inFlight.end(ticket, true);
    }
    expect(bench.asked).toEqual([]);
  });

  it('costs one timer, which does not hold the process', async () => {
    const bench = await onPrimary();
    for (let index = 0; index < 100; index++) inFlightOf(bench).begin();
    expect(bench.clock.timersMs).toEqual([250, 30_000]);
    expect(bench.clock.holdingTimersMs).toEqual([]);
  });

  it('loses the primary where both probes fail', async () => {
    const bench = await onPrimary();
    inFlightOf(bench).begin();
    bench.prober.usually = mute;
    await bench.clock.advance(1_000);
    expect(bench.asked).toEqual([1_000, 1_000]);
    expect(bench.state).toBe('fallback');
  });

  it('is not watched on the fallback', async () => {
    const bench = await onFallback({ autoReconnect: false });
    inFlightOf(bench).begin();
    await bench.clock.advance(10_000);
    expect(bench.asked).toEqual([]);
    expect(bench.clock.timersMs).toEqual([]);
  });
});

describe('on the fallback', () => {
  it('probes every second, jittered, in the background', async () => {
    const bench = await onFallback();
    bench.clock.nextRandoms(0, 1);
    await bench.clock.advance(4_000);
    // The first was drawn with 0.5 when the fallback became active.
    expect(bench.asked).toEqual([1_000, 1_800, 3_000, 4_000]);
    expect(bench.prober.terms[0]).toEqual({ deadlineMs: 2_000, holdsProcess: false });
    expect(bench.clock.holdingTimersMs).toEqual([]);
  });

  it('probes only every healthCheckInterval after a wrong password', async () => {
    const bench = await onFallback({}, wrongPassword);
    await bench.clock.advance(90_000);
    expect(bench.asked).toEqual([30_000, 60_000, 90_000]);
  });

  it('does not probe by itself with autoReconnect off', async () => {
    const bench = await onFallback({ autoReconnect: false });
    expect(bench.clock.timersMs).toEqual([]);
    await bench.clock.advance(86_400_000);
    expect(bench.asked).toEqual([]);
  });

  it('does not ask for its own failures', async () => {
    const bench = await onFallback();
    bench.fail(refused());
    expect(bench.asked).toEqual([]);
  });

  it('goes back after two good probes, and tells it in order', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'passes';
    const ready = deferred<undefined>();
    bench.activations.preparations.primary.push(ready.promise);
    await bench.clock.advance(2_000);
    expect(bench.state).toBe('fallback');
    expect(bench.supervisor.entrance.open()).toMatchObject({ engine: 'sqlite' });
    await bench.clock.advance(500);
    ready.resolve(undefined);
    await settled();
    expect(bench.state).toBe('primary');
    expect(bench.journal).toEqual([
      'healthCheckPassed',
      'healthCheckPassed',
      'prepare primary 1',
      'leave fallback 1',
      'activate primary 1',
      'recovered',
      'connected',
    ]);
    expect(bench.payloads('recovered')).toEqual([{ from: 'sqlite', to: 'postgres', epoch: 2, downtimeMs: 2_500 }]);
    expect(bench.payloads('connected')).toEqual([{ dialect: 'postgres', fallback: false, epoch: 2 }]);
    expect(bench.narrated).toEqual(['recovering', 'recovered', '7 rows kept']);
    expect(bench.supervisor.facts.consecutiveFailures).toBe(0);
  });

  it('counts the downtime from the loss', async () => {
    const bench = await onPrimary();
    await bench.clock.advance(10_000);
    bench.prober.next.push(refused);
    bench.fail();
    await bench.clock.advance(2_000);
    expect(bench.payloads('recovered')).toMatchObject([{ downtimeMs: 2_000 }]);
  });

  it('stays on it for a longer time when the primary flaps', async () => {
    const bench = await onFallback();
    const stays: number[] = [];
    for (let round = 0; round < 4; round++) {
      const fromMs = bench.clock.elapsedMs;
      bench.prober.usually = 'passes';
      while (bench.state === 'fallback') await bench.clock.advance(1_000);
      stays.push(bench.clock.elapsedMs - fromMs);
      bench.prober.usually = refused;
      bench.fail();
      await settled();
    }
    expect(stays).toEqual([2_000, 2_000, 4_000, 8_000]);
  });

  it('is not left for a primary that is read-only', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'read-only';
    await bench.clock.advance(10_000);
    expect(bench.state).toBe('fallback');
    expect(bench.journal).not.toContain('prepare primary 1');
  });

  it('stays while the primary lacks tables, names them, and tries again', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'passes';
    bench.prober.missing = ['"orders"', '"users"'];
    await bench.clock.advance(2_000);
    expect(bench.supervisor.state).toMatchObject({ name: 'fallback', reason: 'primary-schema-missing' });
    expect(bench.supervisor.facts.missingTables).toEqual(['"orders"', '"users"']);
    expect(bench.activations.discarded).toEqual(['primary 1']);
    expect(bench.narrated).toEqual(['primary not ready: PostgreSQL has no tables "orders", "users"']);
    await bench.clock.advance(1_999);
    expect(bench.journal).not.toContain('prepare primary 2');
    bench.prober.missing = [];
    await bench.clock.advance(1);
    expect(bench.state).toBe('primary');
    expect(bench.supervisor.facts.missingTables).toEqual([]);
    expect(bench.journal).toContain('activate primary 2');
  });

  it('stays while the primary can not be made ready, and tries again', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'passes';
    bench.activations.preparations.primary.push(new Error('migration failed'));
    await bench.clock.advance(2_000);
    expect(bench.supervisor.state).toMatchObject({ name: 'fallback', reason: 'primary-not-ready' });
    expect(bench.supervisor.facts.missingTables).toEqual([]);
    await bench.clock.advance(2_000);
    expect(bench.state).toBe('primary');
  });

  it('is not left for ever where making the primary ready never ends: it is begun anew when the primary is back', async () => {
    const bench = await onFallback();
    bench.activations.obeysCallOff = false;
    const stuck = deferred<undefined>();
    bench.activations.preparations.primary.push(stuck.promise);
    bench.prober.usually = 'passes';
    await bench.clock.advance(2_000);
    expect(bench.journal).toContain('prepare primary 1');
    bench.prober.usually = mute;
    await bench.clock.advance(60_000);
    bench.prober.usually = 'passes';
    await bench.clock.advance(60_000);
    expect(bench.state).toBe('primary');
    stuck.resolve(undefined);
    await settled();
    expect(bench.activations.discarded).toEqual(['primary 1']);
    expect(bench.activations.active?.name).toBe('primary 2');
  });
});

describe('unavailable', () => {
  it('probes every second and recovers with the first good probe', async () => {
    const bench = await unavailable();
    await bench.clock.advance(2_500);
    bench.prober.usually = 'passes';
    await bench.clock.advance(500);
    expect(bench.asked).toEqual([1_000, 2_000, 3_000]);
    expect(bench.prober.terms[0]).toEqual({ deadlineMs: 2_000, holdsProcess: false });
    expect(bench.journal).toEqual([
      'healthCheckFailed',
      'healthCheckFailed',
      'healthCheckPassed',
      'prepare primary 2',
      'activate primary 2',
      'recovered',
      'connected',
    ]);
    expect(bench.payloads('recovered')).toEqual([{ from: null, to: 'postgres', epoch: 2, downtimeMs: 3_000 }]);
    expect(bench.payloads('healthCheckFailed').map(({ consecutive }) => consecutive)).toEqual([2, 3]);
    expect(bench.narrated.at(-1)).toBe('recovered');
  });

  it('lets work wait, and admits it in order on recovery', async () => {
    const bench = await unavailable();
    expect(bench.supervisor.entrance.open()).toBeUndefined();
    const order: string[] = [];
    for (const caller of ['first', 'second'])
      void bench.supervisor.entrance.wait().then(({ engine }) => order.push(`${caller} on ${engine}`));
    await bench.clock.advance(999);
    expect(order).toEqual([]);
    bench.prober.usually = 'passes';
    await bench.clock.advance(1);
    expect(order).toEqual(['first on postgres', 'second on postgres']);
  });

  it('turns work away after maxWait, and says when to try again', async () => {
    const bench = await unavailable();
    const call = watch(bench.supervisor.entrance.wait());
    await bench.clock.advance(4_999);
    expect(call.outcome).toBe('pending');
    await bench.clock.advance(1);
    expect(call.outcome).toBeInstanceOf(DatabaseUnavailableError);
    expect(call.outcome).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      outcome: 'not-sent',
      retryAfterMs: 1_000,
      message: 'shop has no database: PostgreSQL is away (server-down); waited 5000 ms (maxWait). Nothing was sent. Try again in 1000 ms.',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it.each([
    [400, 400],
    [20, 100],
    [60_000, 1_000],
  ])('advises by the time of the next probe: healthCheckInterval %i gives %i', async (healthCheckIntervalMs, retryAfterMs) => {
    const bench = await unavailable({ ...PRODUCTION, healthCheckIntervalMs });
    const call = watch(bench.supervisor.entrance.wait());
    await bench.clock.advance(5_000);
    expect(call.outcome).toMatchObject({ retryAfterMs });
  });

  it('turns work away at once beyond maxQueued', async () => {
    const bench = await unavailable({ ...PRODUCTION, maxQueued: 2 });
    const calls = [1, 2, 3].map(() => watch(bench.supervisor.entrance.wait()));
    await settled();
    expect(calls.map(({ outcome }) => outcome)).toEqual(['pending', 'pending', expect.any(DatabaseUnavailableError)]);
    expect(calls[2]?.outcome).toMatchObject({
      retryAfterMs: 1_000,
      message: expect.stringContaining('2 calls wait already (maxQueued)') as string,
    });
    expect(bench.room.size).toBe(2);
    await bench.clock.advance(5_000);
    expect(bench.room.size).toBe(0);
  });

  it('holds the process for a caller, not for its probes', async () => {
    const bench = await unavailable();
    expect(bench.clock.holdingTimersMs).toEqual([]);
    const call = watch(bench.supervisor.entrance.wait());
    expect(bench.clock.holdingTimersMs).toEqual([5_000]);
    await bench.clock.advance(5_000);
    expect(call.outcome).toBeInstanceOf(DatabaseUnavailableError);
  });

  it('begins anew where the primary goes away again while it is made ready', async () => {
    const bench = await unavailable();
    bench.prober.next.push('passes', mute);
    bench.prober.usually = 'passes';
    bench.activations.preparations.primary.push(deferred<undefined>().promise);
    await bench.clock.advance(2_000);
    expect(bench.journal).toContain('prepare primary 2');
    await bench.clock.advance(1_000);
    expect(bench.activations.active?.name).toBe('primary 3');
  });

  it('keeps the reason of a primary that answers but can not be made ready, and tries again', async () => {
    const bench = await unavailable();
    bench.prober.usually = 'passes';
    bench.activations.preparations.primary.push(new Error('migration failed'));
    await bench.clock.advance(1_000);
    expect(bench.supervisor.state).toMatchObject({ name: 'unavailable', reason: 'primary-not-ready' });
    await bench.clock.advance(1_000);
    expect(bench.state).toBe('primary');
  });
});

describe('a fallback that fails', () => {
  /** Lost the primary at a moment at which the fallback could not be opened. */
  async function withoutBoth(): Promise<Bench> {
    const bench = await onPrimary();
    bench.prober.usually = refused;
    bench.activations.preparations.fallback.push(new Error('disk full'));
    bench.fail();
    await settled();
    expect(bench.supervisor.state).toMatchObject({ name: 'unavailable', reason: 'fallback-failed' });
    return bench;
  }

  it('leaves the service unavailable, and is told', async () => {
    const bench = await withoutBoth();
    expect(bench.journal).toEqual(['healthCheckFailed', 'lose primary 1', 'disconnected', 'prepare fallback 1']);
    expect(bench.narrated).toContain('fallback failed: disk full');
  });

  it('is tried afresh for a call that waits, not before a second has passed', async () => {
    const bench = await withoutBoth();
    const early = watch(bench.supervisor.entrance.wait());
    await bench.clock.advance(999);
    const alsoEarly = watch(bench.supervisor.entrance.wait());
    await settled();
    expect(bench.journal).not.toContain('prepare fallback 2');
    await bench.clock.advance(1);
    await settled();
    expect(bench.activations.active).toMatchObject({ name: 'fallback 2' });
    expect([early.outcome, alsoEarly.outcome]).toEqual([bench.activations.active, bench.activations.active]);
    expect(bench.payloads('failover')).toMatchObject([{ from: 'postgres', to: 'sqlite', epoch: 2, durationMs: 1_000 }]);
  });

  it('is left alone while nobody waits', async () => {
    const bench = await withoutBoth();
    await bench.clock.advance(10_000);
    expect(bench.journal).not.toContain('prepare fallback 2');
  });

  it('tells the reason of the loss once it works', async () => {
    const bench = await withoutBoth();
    await bench.clock.advance(1_000);
    await bench.supervisor.entrance.wait();
    expect(bench.payloads('failover')).toMatchObject([{ reason: 'server-down' }]);
    expect(bench.supervisor.state).toMatchObject({ name: 'fallback', reason: 'server-down' });
  });

  it('does not keep a primary that is back away', async () => {
    const bench = await withoutBoth();
    bench.prober.usually = 'passes';
    await bench.clock.advance(1_000);
    expect(bench.state).toBe('primary');
  });
});

describe('an answer that comes late', () => {
  it('is thrown away where the start had gone on to the fallback', async () => {
    const bench = new Bench();
    const slow = deferred<undefined>();
    bench.activations.obeysCallOff = false;
    bench.activations.preparations.primary.push(slow.promise);
    bench.supervisor.start();
    await settled();
    bench.prober.usually = 'read-only';
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('fallback');
    slow.resolve(undefined);
    await settled();
    expect(bench.activations.discarded).toEqual(['primary 1']);
    expect(bench.activations.active?.name).toBe('fallback 1');
    expect(bench.state).toBe('fallback');
  });

  it('is thrown away where it is a failure, too', async () => {
    const bench = new Bench();
    const slow = deferred<undefined>();
    bench.activations.preparations.primary.push(slow.promise);
    bench.supervisor.start();
    await settled();
    bench.prober.usually = 'read-only';
    await bench.supervisor.reconnect();
    slow.reject(new Error('migration failed'));
    await settled();
    expect(bench.supervisor.state).toMatchObject({ name: 'fallback', reason: 'not-primary' });
    expect(bench.narrated).not.toContain('primary not ready: migration failed');
  });

  it('is thrown away where the same was begun anew meanwhile', async () => {
    const bench = await onFallback();
    bench.activations.obeysCallOff = false;
    const [first, second] = [deferred<undefined>(), deferred<undefined>()];
    bench.activations.preparations.primary.push(first.promise, second.promise);
    bench.prober.next.push('passes', 'passes', refused);
    bench.prober.usually = 'passes';
    await bench.clock.advance(5_000);
    expect(bench.journal).toContain('prepare primary 2');
    first.resolve(undefined);
    await settled();
    expect(bench.state).toBe('fallback');
    expect(bench.activations.discarded).toEqual(['primary 1']);
    second.resolve(undefined);
    await settled();
    expect(bench.activations.active?.name).toBe('primary 2');
  });

  it('is thrown away after close(), whatever was made ready', async () => {
    const bench = new Bench();
    bench.activations.obeysCallOff = false;
    const slow = deferred<undefined>();
    bench.activations.preparations.primary.push(slow.promise);
    bench.supervisor.start();
    await settled();
    await bench.supervisor.close(0);
    slow.resolve(undefined);
    await settled();
    expect(bench.activations.discarded).toEqual(['primary 1']);
    expect(bench.activations.active).toBeUndefined();
    expect(bench.state).toBe('closed');
    expect(bench.payloads('connected')).toEqual([]);
  });

  it('of a probe says nothing after close()', async () => {
    const bench = await onPrimary();
    bench.prober.usually = 'hangs';
    const probe = bench.supervisor.probe();
    await bench.supervisor.close(0);
    expect(await probe).toBe(false);
    expect(bench.journal).toEqual(['stop lookups', 'close primary 1', 'closed']);
    expect(bench.supervisor.facts).toMatchObject({ reachable: true, consecutiveFailures: 0 });
  });
});

describe('an answer that comes with close()', () => {
  it('is not told any more', async () => {
    const bench = await onPrimary();
    bench.prober.usually = 'hangs';
    const before = { ...bench.supervisor.facts };
    void bench.supervisor.probe();
    await bench.clock.advance(100);
    void bench.prober.answer('passes');
    await bench.supervisor.close(0);
    expect(bench.journal).toEqual(['stop lookups', 'close primary 1', 'closed']);
    expect(bench.supervisor.facts).toEqual(before);
  });
});

describe('reconnect()', () => {
  it('goes back from the fallback with one good probe, without the dwell', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'passes';
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('primary');
    expect(bench.asked).toEqual([0]);
    expect(bench.journal).toEqual([
      'healthCheckPassed',
      'prepare primary 1',
      'leave fallback 1',
      'activate primary 1',
      'recovered',
      'connected',
    ]);
  });

  it('resolves when it is decided: after the primary was made ready', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'passes';
    const ready = deferred<undefined>();
    bench.activations.preparations.primary.push(ready.promise);
    const done = watch(bench.supervisor.reconnect());
    await settled();
    expect(done.outcome).toBe('pending');
    ready.resolve(undefined);
    await settled();
    expect(done.outcome).toBeUndefined();
    expect(bench.state).toBe('primary');
  });

  it('resolves also where the primary is still down', async () => {
    const bench = await onFallback();
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('fallback');
    expect(bench.asked).toEqual([0]);
  });

  it('stays on the fallback where the primary lacks tables', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'passes';
    bench.prober.missing = ['"users"'];
    await bench.supervisor.reconnect();
    expect(bench.supervisor.state).toMatchObject({ name: 'fallback', reason: 'primary-schema-missing' });
    expect(bench.narrated).toEqual(['primary not ready: PostgreSQL has no table "users"']);
  });

  it('asks anew where a probe was under way: that one may have begun before the primary was back', async () => {
    const bench = await onFallback();
    bench.prober.next.push('hangs');
    await bench.clock.advance(1_000);
    bench.prober.usually = 'passes';
    const done = watch(bench.supervisor.reconnect());
    await settled();
    expect(done.outcome).toBe('pending');
    await bench.prober.answer(mute);
    expect(done.outcome).toBeUndefined();
    expect(bench.asked).toEqual([1_000, 1_000]);
    expect(bench.state).toBe('primary');
  });

  it('is the only way back with autoReconnect off', async () => {
    const bench = await onFallback({ autoReconnect: false });
    bench.prober.usually = 'passes';
    await bench.clock.advance(60_000);
    expect(bench.state).toBe('fallback');
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('primary');
  });

  it('leaves no mark on later probes: those need two and the dwell again', async () => {
    const bench = await onFallback();
    await bench.supervisor.reconnect();
    bench.prober.usually = 'passes';
    await bench.clock.advance(1_000);
    expect(bench.state).toBe('fallback');
    await bench.clock.advance(1_000);
    expect(bench.state).toBe('primary');
  });

  it('changes nothing on a primary that answers', async () => {
    const bench = await onPrimary();
    await bench.supervisor.reconnect();
    expect(bench.journal).toEqual(['healthCheckPassed']);
    expect(bench.state).toBe('primary');
  });

  it('finds out on a primary that is away', async () => {
    const bench = await onPrimary();
    bench.prober.usually = refused;
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('fallback');
  });

  it('recovers from unavailable at once', async () => {
    const bench = await unavailable();
    bench.prober.usually = 'passes';
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('primary');
    expect(bench.asked).toEqual([0]);
  });

  it('is an attempt of its own while it connects', async () => {
    const bench = new Bench(PRODUCTION);
    bench.prober.next.push(refused);
    bench.supervisor.start();
    await settled();
    expect(bench.clock.timersMs).toEqual([1_000]);
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('primary');
    expect(bench.asked).toEqual([0, 0]);
  });

  it('shares its probe among callers', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'passes';
    await Promise.all([bench.supervisor.reconnect(), bench.supervisor.reconnect(), bench.supervisor.reconnect()]);
    expect(bench.asked).toEqual([0]);
    expect(bench.state).toBe('primary');
  });

  it('rejects after close()', async () => {
    const bench = await onPrimary();
    await bench.supervisor.close(0);
    await expect(bench.supervisor.reconnect()).rejects.toThrow(ConnectionClosedError);
    expect(bench.asked).toEqual([]);
  });

  it('asks nothing more where close() comes while it waits', async () => {
    const bench = await onFallback();
    bench.prober.usually = 'hangs';
    await bench.clock.advance(1_000);
    const done = watch(bench.supervisor.reconnect());
    await bench.supervisor.close(0);
    await settled();
    expect(done.outcome).toBeInstanceOf(ConnectionClosedError);
    expect(bench.asked).toEqual([1_000]);
  });
});

describe('failover()', () => {
  it('goes to the fallback and tells that it was by hand', async () => {
    const bench = await onPrimary();
    await bench.supervisor.failover('drill');
    expect(bench.state).toBe('fallback');
    expect(bench.journal).toEqual([
      'leave primary 1',
      'disconnected',
      'prepare fallback 1',
      'activate fallback 1',
      'failover',
      'connected',
    ]);
    expect(bench.payloads('disconnected')).toEqual([{ dialect: 'postgres', reason: 'manual' }]);
    expect(bench.payloads('failover')).toEqual([{ from: 'postgres', to: 'sqlite', reason: 'manual', epoch: 2, durationMs: 0 }]);
    expect(bench.activations.losses).toEqual([]);
  });

  it('lasts until the primary passes its probes', async () => {
    const bench = await onPrimary();
    await bench.supervisor.failover('drill');
    await bench.clock.advance(1_999);
    expect(bench.state).toBe('fallback');
    await bench.clock.advance(1);
    expect(bench.state).toBe('primary');
  });

  it('says what it is done for', async () => {
    const bench = await onPrimary();
    await bench.supervisor.failover('maintenance', { hold: true });
    expect(bench.narrated).toContain('failover requested, held: maintenance');
  });

  it('lasts until reconnect() with hold', async () => {
    const bench = await onPrimary();
    await bench.supervisor.failover('maintenance', { hold: true });
    expect(bench.supervisor.state).toMatchObject({ name: 'fallback', held: true });
    await bench.clock.advance(86_400_000);
    // Asked all the same, so that status and metrics tell of it.
    expect(bench.asked.length).toBeGreaterThan(1_000);
    expect(bench.state).toBe('fallback');
    await bench.supervisor.reconnect();
    expect(bench.state).toBe('primary');
  });

  it('rejects where no fallback is allowed', async () => {
    const bench = await onPrimary(PRODUCTION);
    await expect(bench.supervisor.failover('drill')).rejects.toThrow(/^failover\(\): no fallback is allowed here/);
    expect(bench.state).toBe('primary');
    expect(bench.journal).toEqual([]);
  });

  it('rejects where it is there already', async () => {
    const bench = await onFallback();
    await expect(bench.supervisor.failover('drill')).rejects.toThrow('failover(): the primary is not active (state fallback).');
  });

  it('rejects while it connects', async () => {
    const bench = new Bench();
    await expect(bench.supervisor.failover('drill')).rejects.toThrow(DatabaseUnavailableError);
  });

  it('rejects a second one while the first is under way', async () => {
    const bench = await onPrimary();
    const first = bench.supervisor.failover('drill');
    await expect(bench.supervisor.failover('again')).rejects.toThrow(/state unavailable/);
    await first;
    expect(bench.state).toBe('fallback');
  });

  it('rejects after close()', async () => {
    const bench = await onPrimary();
    await bench.supervisor.close(0);
    await expect(bench.supervisor.failover('drill')).rejects.toThrow(ConnectionClosedError);
  });

  it('comes back by itself where the fallback fails', async () => {
    const bench = await onPrimary();
    bench.activations.preparations.fallback.push(new Error('disk full'));
    await bench.supervisor.failover('drill').catch(() => undefined);
    expect(bench.supervisor.state).toMatchObject({ name: 'unavailable', reason: 'fallback-failed' });
    await bench.clock.advance(1_000);
    expect(bench.state).toBe('primary');
  });
});

describe('close()', () => {
  it.each([
    ['connecting', () => Promise.resolve(new Bench())],
    ['primary', () => onPrimary()],
    ['fallback', () => onFallback()],
    ['unavailable', () => unavailable()],
  ] as const)('ends everything in state %s and leaves no timer', async (state, begin) => {
    const bench = await begin();
    bench.prober.usually = 'hangs';
    if (state === 'connecting') bench.supervisor.start();
    const waiting = bench.activations.active === undefined ? watch(bench.supervisor.entrance.wait()) : undefined;
    const drops = bench.prober.drops;
    await bench.supervisor.close(1_234);
    await settled();
    expect(bench.state).toBe('closed');
    expect(bench.clock.timersMs).toEqual([]);
    expect(bench.prober.drops).toBe(drops + 1);
    expect(bench.activations.closedWith).toBe(1_234);
    expect(bench.journal.at(-1)).toBe('closed');
    if (waiting !== undefined) expect(waiting.outcome).toBeInstanceOf(ConnectionClosedError);
    await expect(bench.supervisor.entrance.wait()).rejects.toThrow(ConnectionClosedError);
    expect(bench.supervisor.entrance.open()).toBeUndefined();
  });

  it('is done once, however often it is called', async () => {
    const bench = await onPrimary();
    const first = bench.supervisor.close(5_000);
    expect(bench.supervisor.close(1)).toBe(first);
    await first;
    await bench.supervisor.close(0);
    expect(bench.payloads('closed')).toEqual([{}]);
    expect(bench.activations.closedWith).toBe(5_000);
  });

  it('rejects a start that was under way', async () => {
    const bench = new Bench();
    bench.prober.usually = 'hangs';
    bench.supervisor.start();
    const ready = watch(bench.supervisor.ready);
    await bench.supervisor.close(0);
    expect(ready.outcome).toBeInstanceOf(ConnectionClosedError);
  });

  it('ends the wait for the next attempt', async () => {
    const bench = new Bench(PRODUCTION);
    bench.prober.usually = refused;
    bench.supervisor.start();
    await settled();
    expect(bench.clock.timersMs).toEqual([1_000]);
    await bench.supervisor.close(0);
    expect(bench.clock.timersMs).toEqual([]);
    await bench.clock.advance(60_000);
    expect(bench.asked).toEqual([0]);
  });

  it('ends the watch over statements', async () => {
    const bench = await onPrimary();
    bench.activations.active?.inFlight.begin();
    await bench.supervisor.close(0);
    await bench.clock.advance(10_000);
    expect(bench.asked).toEqual([]);
  });

  it('tells it last, and nothing afterwards', async () => {
    const bench = await onPrimary();
    await bench.supervisor.close(0);
    bench.events.emit('healthCheckPassed', { durationMs: 1 });
    expect(bench.journal).toEqual(['stop lookups', 'close primary 1', 'closed']);
  });

  it('admits no new work while it waits for what is being made ready', async () => {
    const bench = await onFallback();
    bench.activations.obeysCallOff = false;
    const slow = deferred<undefined>();
    bench.activations.preparations.primary.push(slow.promise);
    bench.prober.usually = 'passes';
    await bench.clock.advance(2_000);
    const closing = bench.supervisor.close(60_000);
    expect(bench.state).toBe('closed');
    const opened = bench.supervisor.entrance.open();
    const call = watch(bench.supervisor.entrance.wait());
    await settled();
    slow.resolve(undefined);
    await closing;
    expect(opened).toBeUndefined();
    expect(call.outcome).toBeInstanceOf(ConnectionClosedError);
    expect(bench.activations.discarded).toEqual(['primary 1']);
  });

  it('does not wait for what can be called off', async () => {
    const bench = await onFallback();
    bench.activations.preparations.primary.push(deferred<undefined>().promise);
    bench.prober.usually = 'passes';
    await bench.clock.advance(2_000);
    let closed = false;
    void bench.supervisor.close(2_000).then(() => (closed = true));
    await settled();
    expect(closed).toBe(true);
  });

  it('stops a second probe that was about to follow', async () => {
    const bench = await onPrimary();
    bench.prober.usually = mute;
    const closing: Promise<void>[] = [];
    bench.events.on('healthCheckFailed', () => queueMicrotask(() => void closing.push(bench.supervisor.close(0))));
    await bench.supervisor.probe();
    await Promise.all(closing);
    expect(closing).toHaveLength(1);
    expect(bench.asked).toEqual([0]);
  });

  it('makes nothing ready any more where a listener calls it', async () => {
    const bench = await onPrimary();
    bench.prober.usually = refused;
    bench.events.on('disconnected', () => void bench.supervisor.close(0));
    bench.fail();
    await settled();
    await bench.supervisor.close(0);
    expect(bench.state).toBe('closed');
    expect(bench.journal).not.toContain('prepare fallback 1');
  });

  it('makes a later probe answer no, without asking', async () => {
    const bench = await onPrimary();
    await bench.supervisor.close(0);
    expect(await bench.supervisor.probe()).toBe(false);
    expect(bench.asked).toEqual([]);
  });
});

describe('models that were added later', () => {
  it('are made before the next work begins', async () => {
    const bench = await onPrimary();
    bench.activations.behind = true;
    expect(bench.supervisor.entrance.open()).toBeUndefined();
    expect(await bench.supervisor.entrance.wait()).toBe(bench.activations.active);
    expect(bench.activations.catchUps).toBe(1);
    expect(bench.supervisor.entrance.open()).toBe(bench.activations.active);
    expect(bench.narrated).toEqual(['models not ready: one model could not be made']);
  });
});

describe('a listener that throws', () => {
  it('is told of, and everything goes on', async () => {
    const bench = await onPrimary();
    for (const event of EVENT_NAMES)
      bench.events.on(event, () => {
        throw new Error('mine');
      });
    const heard: string[] = [];
    bench.events.on('failover', () => heard.push('failover'));
    bench.prober.next.push(refused);
    bench.fail();
    await bench.clock.advance(2_000);
    expect(bench.state).toBe('primary');
    expect(heard).toEqual(['failover']);
    expect(bench.threw).toEqual(
      [
        'healthCheckFailed',
        'disconnected',
        'failover',
        'connected',
        'healthCheckPassed',
        'healthCheckPassed',
        'recovered',
        'connected',
      ].map((event) => `${event}: mine`),
    );
  });
});

describe('what is known of the primary', () => {
  it('is nothing before the first probe', () => {
    expect(new Bench().supervisor.facts).toEqual(nothingKnown());
  });

  it('is dated by the end of the last probe', async () => {
    const bench = await onPrimary();
    bench.prober.next.push('hangs');
    void bench.supervisor.probe();
    await bench.clock.advance(700);
    await bench.prober.answer(tooMany);
    expect(bench.supervisor.facts).toEqual({
      reachable: false,
      lastProbeAtMs: bench.clock.nowMs(),
      lastProbeMs: 700,
      consecutiveFailures: 1,
      missingTables: [],
    });
    await bench.clock.advance(30_000);
    expect(bench.supervisor.facts).toEqual({
      reachable: true,
      lastProbeAtMs: bench.clock.nowMs(),
      lastProbeMs: 3,
      consecutiveFailures: 0,
      missingTables: [],
    });
  });
});

describe('a unit of work that causes it', () => {
  it('is left by probes, switches and close()', async () => {
    const bench = new Bench();
    const grows = async (act: () => unknown): Promise<void> => {
      const before = bench.outsides;
      await act();
      await settled();
      expect(bench.outsides).toBeGreaterThan(before);
    };
    await grows(() => bench.supervisor.start());
    await grows(() => bench.supervisor.reconnect());
    await grows(() => bench.fail());
    await grows(() => bench.supervisor.failover('drill'));
    await grows(() => bench.supervisor.close(0));
  });
});
