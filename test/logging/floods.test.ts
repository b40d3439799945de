import { afterEach, describe, expect, it } from 'vitest';
import type { DatabaseInstance } from '../../src/databases/database.js';
import { InFlight } from '../../src/databases/in-flight.js';
import { Events } from '../../src/events.js';
import { Supervisor } from '../../src/failover/supervisor.js';
import type { Switch } from '../../src/failover/supervisor-parts.js';
import { WaitingRoom } from '../../src/failover/waiting-room.js';
import type { LogFields } from '../../src/index.js';
import { Log } from '../../src/log.js';
import { Narration } from '../../src/narration.js';
import { resolveConfig } from '../../src/options/resolve-config.js';
import type { Role } from '../../src/words.js';
import { FakeClock, settled } from '../support/fake-clock.js';

const HOUR_MS = 3_600_000;
const NIGHT_HOURS = 10;

const refused = () => Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
const restarting = () => Object.assign(new Error('the database system is starting up'), { code: '57P03', severity: 'FATAL' });

/** A service on scripted databases, with everything that writes lines as it is. */
class Service {
  readonly clock = new FakeClock();
  readonly lines: LogFields[] = [];
  readonly room = new WaitingRoom(this.clock);
  /** What the primary's next probe gives. */
  primary: () => Error | undefined = () => undefined;
  fallbackWorks = true;
  classifyThrows = false;
  probes = 0;
  failedProbes = 0;
  readonly events: Events;
  readonly narration: Narration;
  readonly supervisor: Supervisor;
  #active: DatabaseInstance | undefined;

  constructor(production = false) {
    const keep = (_text: string, fields?: LogFields): void => void this.lines.push(fields as LogFields);
    const config = resolveConfig(
      { serviceName: 'shop', logger: { info: keep, warn: keep, error: keep } },
      { NODE_ENV: production ? 'production' : 'development' },
    );
    this.narration = new Narration(new Log('shop', config.logger, this.clock), config);
    this.events = new Events((event, error) => this.narration.listenerThrew(event, error));
    this.supervisor = new Supervisor({
      clock: this.clock,
      settings: { ...config, fallbackAllowed: config.fallback.allowed, fallbackDecidedBy: config.fallback.decidedBy },
      prober: { ask: () => this.#answer(), missingTables: () => Promise.resolve([]), drop: () => undefined },
      activations: this.#switch(),
      lookups: { idle: () => Promise.resolve(), stop: () => undefined },
      events: this.events,
      room: this.room,
      narrator: this.narration,
      classify: (_error, verdict) => {
        if (this.classifyThrows) this.narration.classifyThrew(new Error('my veto broke'));
        return verdict;
      },
      outside: (call) => call(),
    });
    services.push(this);
  }

  /** Starts it on the primary. */
  async start(): Promise<void> {
    this.supervisor.start();
    await settled();
    expect(this.supervisor.state.name).toBe('primary');
  }

  /** So many calls of the program fail at once, and one of its listeners fails with each. */
  fail(calls: number): void {
    const instance = this.#active;
    for (let call = 0; call < calls; call++) {
      if (instance !== undefined) this.supervisor.statements.noteFailure(refused(), instance);
      this.events.emit('outcome', { kind: 'write', outcome: 'unknown' });
    }
  }

  /** How many lines of each event there are. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { event } of this.lines) counts[event] = (counts[event] ?? 0) + 1;
    return counts;
  }

  async #answer(): Promise<{ durationMs: number; readOnly: boolean }> {
    this.probes += 1;
    await Promise.resolve();
    const error = this.primary();
    if (error !== undefined) {
      this.failedProbes += 1;
      throw error;
    }
    return { durationMs: 1, readOnly: false };
  }

  #switch(): Switch {
    const active = (): DatabaseInstance | undefined => this.#active;
    const end = (): void => {
      this.#active = undefined;
    };
    return {
      behind: false,
      get active() {
        return active();
      },
      prepare: (role) =>
        role === 'fallback' && !this.fallbackWorks ? Promise.reject(new Error('disk full')) : Promise.resolve(instanceOf(role, this.clock)),
      callOff: () => undefined,
      activate: (instance) => {
        this.#active = instance;
      },
      discard: () => Promise.resolve(),
      lose: end,
      leave: end,
      catchUp: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
  }
}

const instanceOf = (role: Role, clock: FakeClock): DatabaseInstance => {
  const engine = role === 'primary' ? 'postgres' : 'sqlite';
  return { role, engine, losesAnswers: role === 'primary', inFlight: new InFlight(() => clock.nowMs()) } as unknown as DatabaseInstance;
};

const services: Service[] = [];

afterEach(async () => {
  for (const { supervisor } of services.splice(0)) await supervisor.close(0);
});

describe('a night on the fallback', { timeout: 120_000 }, () => {
  it('with a probe a second is a line a minute', async () => {
    const service = new Service();
    await service.start();
    service.primary = refused;
    await service.clock.advance(NIGHT_HOURS * HOUR_MS);
    expect(service.supervisor.state.name).toBe('fallback');
    expect(service.probes).toBeGreaterThan(NIGHT_HOURS * 3_500);
    expect(service.counts()).toEqual({
      starting: 1,
      'primary-active': 1,
      'probe-failed': expect.toSatisfy((n: number) => n > NIGHT_HOURS * 59 && n <= NIGHT_HOURS * 60 + 1) as number,
      'fallback-active': 1,
      'fallback-production': 1,
      'fallback-storage': 1,
    });
    const told = service.lines.filter(({ event }) => event === 'probe-failed');
    const leftOut = told.reduce((sum, line) => sum + Number(line['leftOut'] ?? 0), 0);
    service.primary = () => undefined;
    await service.clock.advance(10_000);
    const sum = service.lines.at(-1);
    expect(sum?.event).toBe('lines-left-out');
    expect(service.supervisor.state.name).toBe('primary');
    expect(told.length + leftOut + Number(sum?.['leftOut'])).toBe(service.failedProbes);
  });

  it('of a PostgreSQL that answers now and then is a line a minute and reason', async () => {
    const service = new Service();
    await service.start();
    let probe = 0;
    const answers = [refused, () => undefined, restarting];
    service.primary = () => answers[probe++ % answers.length]?.();
    service.fail(1);
    await service.clock.advance(HOUR_MS);
    expect(service.supervisor.state.name).toBe('fallback');
    expect(service.lines.length).toBeLessThan(2 * 60 + 15);
  });

  it('that can not be opened, while calls come and go, is a line a minute', async () => {
    const service = new Service();
    await service.start();
    service.fallbackWorks = false;
    service.primary = refused;
    service.fail(1);
    await settled();
    for (let second = 0; second < 3_600; second++) {
      void service.supervisor.entrance.wait().catch(() => undefined);
      await service.clock.advance(1_000);
    }
    expect(service.counts()).toEqual({
      starting: 1,
      'primary-active': 1,
      'probe-failed': expect.toSatisfy((n: number) => n <= 62) as number,
      'fallback-failed': expect.toSatisfy((n: number) => n <= 62) as number,
    });
  });
});

describe('an outage under load', () => {
  it.each([
    ['development', false, ['fallback-active', 'fallback-production', 'fallback-storage']],
    ['production', true, ['unavailable']],
  ])('is some lines, and the rest is told when it is over: %s', async (_environment, production, entered) => {
    const service = new Service(production);
    service.classifyThrows = true;
    service.events.on('outcome', () => {
      throw new Error('my gauge broke');
    });
    await service.start();
    service.lines.length = 0;
    service.primary = refused;
    for (let turn = 0; turn < 10; turn++) {
      service.fail(1_000);
      await service.clock.advance(100);
    }
    expect(service.lines.map(({ event }) => event).sort()).toEqual(['classify-threw', 'listener-threw', 'probe-failed', ...entered].sort());

    service.primary = () => undefined;
    await service.clock.advance(10_000);
    const sum = service.lines.at(-1);
    expect(sum?.event).toBe('lines-left-out');
    expect(sum?.['events']).toMatch(/listener-threw 9999\b/);
    expect(service.lines.length).toBeLessThan(10);
  });

  it('that lasts when the connection is closed is told of then', async () => {
    const service = new Service();
    await service.start();
    service.primary = refused;
    await service.clock.advance(60_000);
    expect(service.lines.map(({ event }) => event)).not.toContain('lines-left-out');
    await service.supervisor.close(0);
    const last = service.lines.at(-1);
    expect(last?.event).toBe('lines-left-out');
    expect(last?.['leftOut']).toBeGreaterThan(10);
  });
});
