import { describe, expect, it } from 'vitest';
import type { EventName, ResilientEvents } from '../../src/events.js';
import { nothingKnown } from '../../src/failover/primary-facts.js';
import { type State, initialState } from '../../src/failover/state.js';
import { Totals } from '../../src/health/totals.js';

const since = { sinceMs: 0, epoch: 1, failoversAtMs: [] };
const PRIMARY: State = { name: 'primary', ...since, failures: 0 };
const FALLBACK: State = { name: 'fallback', ...since, reason: 'server-down', goodProbes: 0, held: false };
const UNAVAILABLE: State = { name: 'unavailable', ...since, reason: 'server-down', lostBy: 'server-down', held: false };
const PREPARING: State = { ...UNAVAILABLE, preparing: 'fallback' };
const MOVING: State = { ...UNAVAILABLE, preparing: 'primary', moving: true };

/** Totals whose time and state the test sets. It starts late, so that a duration which forgets to subtract its start is seen. */
class Bench {
  nowMs = 50_000;
  state: State = initialState(50_000);
  readonly primary = nothingKnown();
  readonly totals: Totals;

  constructor(fallbackAllowed = true) {
    this.totals = new Totals({ fallbackAllowed, nowMs: () => this.nowMs, state: () => this.state, primary: this.primary });
  }

  after(seconds: number): this {
    this.nowMs += seconds * 1000;
    return this;
  }

  is(state: State): this {
    this.state = state;
    return this;
  }

  hears<K extends EventName>(event: K, payload: ResilientEvents[K]): this {
    this.totals.note(event, payload);
    return this;
  }

  failedProbe(ms = 10): this {
    this.primary.lastProbeMs = ms;
    return this.hears('healthCheckFailed', { error: new Error('down'), consecutive: 1 });
  }

  onPrimary(epoch = 1): this {
    return this.is({ ...PRIMARY, epoch }).hears('connected', { dialect: 'postgres', fallback: false, epoch });
  }

  lost(state: State, reason: ResilientEvents['disconnected']['reason'] = 'server-down', dialect: 'postgres' | 'sqlite' = 'postgres'): this {
    return this.is(state).hears('disconnected', { dialect, reason });
  }

  onFallback(
    from: 'postgres' | 'sqlite' | null = 'postgres',
    reason: ResilientEvents['failover']['reason'] = 'server-down',
    epoch = 2,
  ): this {
    return this.is({ ...FALLBACK, epoch })
      .hears('failover', { from, to: 'sqlite', reason, epoch, durationMs: 0 })
      .hears('connected', { dialect: 'sqlite', fallback: true, epoch });
  }

  returns(from: 'sqlite' | null = 'sqlite', epoch = 3): this {
    return this.is({ ...PRIMARY, epoch })
      .hears('recovered', { from, to: 'postgres', epoch, downtimeMs: 0 })
      .hears('connected', { dialect: 'postgres', fallback: false, epoch });
  }

  get switches(): string[] {
    const { switches } = this.totals.figures();
    return switches.filter(({ count }) => count > 0).map(({ from, to, reason, count }) => `${from} → ${to}, ${reason}: ${count}`);
  }

  get outages(): number[] {
    const { outages } = this.totals.figures();
    return [outages.count, outages.sum];
  }

  get fallbackSeconds(): number {
    return this.totals.figures().fallbackSeconds;
  }
}

describe('the switches', () => {
  it('of a start on the primary are none', () => {
    expect(new Bench().onPrimary().switches).toEqual([]);
  });

  it('lead from the primary to the fallback in one step, however often somebody looks meanwhile', () => {
    const bench = new Bench().onPrimary().lost(PREPARING);
    expect(bench.switches).toEqual([]);
    expect(bench.failedProbe().switches).toEqual([]);
    expect(bench.onFallback().switches).toEqual(['postgres → sqlite, server-down: 1']);
    expect(bench.returns().switches).toEqual(['postgres → sqlite, server-down: 1', 'sqlite → postgres, recovered: 1']);
  });

  it('lead to none where no fallback is allowed, at once', () => {
    const bench = new Bench(false).onPrimary().lost(UNAVAILABLE, 'black-hole');
    expect(bench.switches).toEqual(['postgres → none, black-hole: 1']);
    expect(bench.returns(null, 2).switches.sort()).toEqual(['none → postgres, recovered: 1', 'postgres → none, black-hole: 1']);
  });

  it.each([
    ['when nobody looked', () => undefined],
    ['when somebody looked', (bench: Bench) => bench.switches],
  ])('make a chain where the fallback can be used only later, %s', (_, look) => {
    const bench = new Bench().onPrimary().lost(PREPARING);
    bench.is({ ...UNAVAILABLE, reason: 'fallback-failed', fallbackFailedAtMs: 51_000 });
    look(bench);
    bench.failedProbe().is({ ...PREPARING, fallbackFailedAtMs: 51_000 });
    look(bench);
    bench.onFallback('postgres');
    expect(bench.switches.sort()).toEqual(['none → sqlite, server-down: 1', 'postgres → none, server-down: 1']);
  });

  it.each([
    ['when nobody looked', () => undefined],
    ['when somebody looked', (bench: Bench) => bench.switches],
  ])('never lead from the fallback to itself where it fails and is begun afresh, %s', (_, look) => {
    const bench = new Bench().onPrimary().lost(PREPARING).onFallback();
    bench.lost({ ...UNAVAILABLE, reason: 'fallback-failed', fallbackFailedAtMs: 0 }, 'fallback-failed', 'sqlite');
    look(bench);
    bench.is({ ...PREPARING, fallbackFailedAtMs: 0 }).onFallback('sqlite');
    const seen = ['none → sqlite, server-down: 1', 'postgres → sqlite, server-down: 1', 'sqlite → none, fallback-failed: 1'];
    expect(bench.switches.sort()).toEqual(seen);
  });

  it('go by none from one host of the primary to another', () => {
    const bench = new Bench().onPrimary().lost(MOVING, 'not-primary');
    expect(bench.switches).toEqual([]);
    bench.returns(null, 2);
    expect(bench.switches.sort()).toEqual(['none → postgres, recovered: 1', 'postgres → none, not-primary: 1']);
  });

  it('lead to the fallback where the other host can not be used after all', () => {
    const bench = new Bench().onPrimary().lost(MOVING, 'not-primary').is(PREPARING).failedProbe().onFallback('postgres', 'not-primary');
    expect(bench.switches).toEqual(['postgres → sqlite, not-primary: 1']);
  });

  it('come from none at a start on the fallback', () => {
    expect(new Bench().failedProbe().onFallback(null, 'tls', 1).switches).toEqual(['none → sqlite, tls: 1']);
  });

  it('of a connection that is closed before the fallback was ready lead to none', () => {
    const bench = new Bench()
      .onPrimary()
      .lost(PREPARING)
      .is({ name: 'closed', ...since });
    expect(bench.switches).toEqual(['postgres → none, server-down: 1']);
    expect(bench.hears('closed', {}).switches).toEqual(['postgres → none, server-down: 1']);
  });
});

describe('an outage', () => {
  it('lasts from the loss until the primary is active again', () => {
    const bench = new Bench().after(5).onPrimary().after(60).lost(PREPARING).after(1).onFallback();
    expect(bench.after(9).outages).toEqual([0, 0]);
    expect(bench.returns().outages).toEqual([1, 10]);
    expect(bench.after(99).lost(PREPARING).after(3).onFallback('postgres', 'server-down', 4).returns('sqlite', 5).outages).toEqual([2, 13]);
  });

  it('goes on where the fallback fails', () => {
    const bench = new Bench().onPrimary().lost(PREPARING).after(1).onFallback().after(2);
    bench.lost({ ...UNAVAILABLE, reason: 'fallback-failed' }, 'fallback-failed', 'sqlite').after(4);
    expect(bench.returns(null, 3).outages).toEqual([1, 7]);
  });

  it('is none where the switch was made by hand', () => {
    const bench = new Bench()
      .onPrimary()
      .lost({ ...PREPARING, reason: 'manual' }, 'manual')
      .onFallback('postgres', 'manual')
      .after(8);
    expect(bench.failedProbe().returns().outages).toEqual([0, 0]);
  });

  it('begins with the connection where the start fails: on the fallback', () => {
    const bench = new Bench().after(2).failedProbe().after(1).onFallback(null, 'server-down', 1).after(4);
    expect(bench.returns('sqlite', 2).outages).toEqual([1, 7]);
  });

  it('begins with the connection where the start fails: without one', () => {
    const bench = new Bench(false)
      .after(2)
      .failedProbe()
      .is({ ...UNAVAILABLE, epoch: 0 })
      .after(1);
    expect(bench.returns(null, 1).outages).toEqual([1, 3]);
  });

  it('begins with the connection where a primary that answers can not be used, because of a migration', () => {
    const bench = new Bench(false)
      .after(2)
      .is({ ...UNAVAILABLE, epoch: 0, reason: 'primary-migration-failed' })
      .after(5);
    expect(bench.returns(null, 1).outages).toEqual([1, 7]);
  });

  it('of a start that only had to be repeated lasts until the primary is active', () => {
    expect(new Bench(false).failedProbe().after(2).onPrimary().outages).toEqual([1, 2]);
  });
});

describe('the time on the fallback', () => {
  it('has the stay that is under way in it', () => {
    const bench = new Bench().onPrimary().after(7).lost(PREPARING).after(1).onFallback();
    expect(bench.fallbackSeconds).toBe(0);
    expect(bench.after(2.5).fallbackSeconds).toBe(2.5);
    expect(bench.after(2).returns().after(100).fallbackSeconds).toBe(4.5);
    expect(bench.lost(PREPARING).onFallback('postgres', 'server-down', 4).after(1).fallbackSeconds).toBe(5.5);
  });

  it('ends where the fallback fails', () => {
    const bench = new Bench().onPrimary().lost(PREPARING).onFallback().after(3);
    bench.lost({ ...UNAVAILABLE, reason: 'fallback-failed' }, 'fallback-failed', 'sqlite');
    expect(bench.after(50).fallbackSeconds).toBe(3);
  });

  it('ends where the connection is closed', () => {
    const bench = new Bench()
      .failedProbe()
      .onFallback(null)
      .after(3)
      .is({ name: 'closed', ...since })
      .hears('closed', {});
    expect(bench.after(50).fallbackSeconds).toBe(3);
  });
});

describe('probes and outcomes', () => {
  it('are counted by what became of them', () => {
    const bench = new Bench().failedProbe(500).failedProbe(6_000);
    for (const durationMs of [1, 1.01, 30, 0]) bench.hears('healthCheckPassed', { durationMs });
    bench.hears('outcome', { kind: 'write', outcome: 'unknown' }).hears('outcome', { kind: 'read', outcome: 'rolled-back' });
    const { probes, failedAttempts, outcomes } = bench.totals.figures();
    expect(failedAttempts).toBe(2);
    expect(outcomes).toEqual({ 'not-sent': 0, unknown: 1, 'rolled-back': 1, committed: 0 });
    expect(probes.passed).toMatchObject({ count: 4, sum: 0.03201 });
    // At most as large as the bound; above the last one no bucket but +Inf has it.
    expect(probes.passed.counts).toEqual([2, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(probes.failed.counts).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    expect(probes.failed.count).toBe(2);
  });

  it('are not changed by whoever has read them', () => {
    const bench = new Bench();
    const before = bench.totals.figures();
    bench.hears('outcome', { kind: 'write', outcome: 'unknown' }).onPrimary().lost(UNAVAILABLE);
    expect(before.outcomes.unknown).toBe(0);
    expect(before.switches.every(({ count }) => count === 0)).toBe(true);
  });
});
