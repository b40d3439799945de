import { describe, expect, it } from 'vitest';
import { delayToNextProbeMs, jitteredMs, probeTerms, repeatDelayMs, retryDelayMs, type Settings } from '../../src/failover/schedule.js';
import type { State } from '../../src/failover/state.js';
import type { Reason } from '../../src/words.js';

const settings: Settings = {
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

const since = { sinceMs: 0, epoch: 1, failoversAtMs: [] };
const connecting: State = { name: 'connecting', ...since, attempts: 1 };
const primary: State = { name: 'primary', ...since, failures: 0 };
const unavailable: State = { name: 'unavailable', ...since, reason: 'server-down', lostBy: 'server-down', held: false };
const closed: State = { name: 'closed', ...since };
const onFallback = (reason: Reason, held = false): State => ({ name: 'fallback', ...since, reason, goodProbes: 0, held });

/** The delays at the least, the middle and (nearly) the greatest random number. */
const delays = (state: State, changed: Partial<Settings> = {}) =>
  [0, 0.5, 1].map((random) => delayToNextProbeMs(state, { ...settings, ...changed }, random));

const NONE = [undefined, undefined, undefined];

describe('connecting', () => {
  it('spreads the next attempt over the whole delay', () => {
    expect(delays(connecting)).toEqual([0, 1_000, 2_000]);
  });

  it('doubles the delay with each failed attempt, up to 10 s', () => {
    const longest = (attempts: number) => delayToNextProbeMs({ ...connecting, attempts }, settings, 1);
    expect([1, 2, 3, 4, 5, 100, 5_000].map(longest)).toEqual([2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000]);
  });

  it('cuts the delay at 10 s before it spreads it', () => {
    expect(retryDelayMs(10, 2_000, 0.5)).toBe(5_000);
    expect(retryDelayMs(1, 60_000, 0.25)).toBe(2_500);
  });

  it('waits for the plain delay at most before the first failure', () => {
    expect(retryDelayMs(0, 2_000, 1)).toBe(2_000);
  });

  it('answers with whole milliseconds', () => {
    expect(retryDelayMs(1, 2_000, 0.12345)).toBe(247);
  });

  it('probes again after the connect timeout while the primary is made ready: it may go away meanwhile', () => {
    expect(delays({ ...connecting, preparing: 'primary' })).toEqual([5_000, 5_000, 5_000]);
  });

  it('does not probe while the fallback is made ready', () => {
    expect(delays({ ...connecting, preparing: 'fallback' })).toEqual(NONE);
  });
});

describe('primary', () => {
  it('probes every healthCheckInterval, a fifth sooner or later', () => {
    expect(delays(primary)).toEqual([24_000, 30_000, 36_000]);
    expect(delays(primary, { healthCheckIntervalMs: 500 })).toEqual([400, 500, 600]);
  });

  it('goes on probing where autoReconnect is off', () => {
    expect(delays(primary, { autoReconnect: false })).toEqual([24_000, 30_000, 36_000]);
  });
});

describe('fallback', () => {
  it.each(['server-down', 'black-hole', 'manual', 'primary-schema-missing'] as const)('probes every second after %s', (reason) => {
    expect(delays(onFallback(reason))).toEqual([800, 1_000, 1_200]);
  });

  it('probes more often where healthCheckInterval is shorter than a second', () => {
    expect(delays(onFallback('server-down'), { healthCheckIntervalMs: 200 })).toEqual([160, 200, 240]);
  });

  it.each(['authentication', 'tls', 'missing-database'] as const)('probes only every healthCheckInterval after %s', (reason) => {
    expect(delays(onFallback(reason))).toEqual([24_000, 30_000, 36_000]);
  });

  it.each(['server-down', 'authentication', 'manual'] as const)('does not probe by itself with autoReconnect off (%s)', (reason) => {
    expect(delays(onFallback(reason), { autoReconnect: false })).toEqual(NONE);
  });

  it('probes only every healthCheckInterval while it is held, so that status and metrics tell of PostgreSQL', () => {
    expect(delays(onFallback('manual', true))).toEqual([24_000, 30_000, 36_000]);
    expect(delays(onFallback('manual', true), { autoReconnect: false })).toEqual(NONE);
  });
});

describe('unavailable', () => {
  it('probes every second', () => {
    expect(delays(unavailable)).toEqual([800, 1_000, 1_200]);
    expect(delays(unavailable, { healthCheckIntervalMs: 300 })).toEqual([240, 300, 360]);
  });

  it('probes also with autoReconnect off: nothing else brings a database back', () => {
    expect(delays(unavailable, { autoReconnect: false })).toEqual([800, 1_000, 1_200]);
  });

  it('probes while the fallback is made ready', () => {
    expect(delays({ ...unavailable, preparing: 'fallback' })).toEqual([800, 1_000, 1_200]);
  });
});

describe('closed', () => {
  it('never probes', () => {
    expect(delays(closed)).toEqual(NONE);
  });
});

describe('the jitter', () => {
  it('spreads evenly between 80 % and 120 %', () => {
    expect([0, 0.25, 0.5, 0.75, 0.999].map((random) => jitteredMs(1_000, random))).toEqual([800, 900, 1_000, 1_100, 1_200]);
  });

  it('answers with whole milliseconds', () => {
    expect(jitteredMs(33, 0.1)).toBe(28);
  });
});

describe('the deadline of a probe', () => {
  it('is the connect timeout at the start, where somebody waits for it', () => {
    expect(probeTerms(connecting, settings)).toEqual({ deadlineMs: 5_000, holdsProcess: true });
  });

  it('is the one of the detection while the primary is active', () => {
    expect(probeTerms(primary, settings)).toEqual({ deadlineMs: 500, holdsProcess: false });
    const fast = { ...settings, detection: { suspectAfterMs: 200, probeDeadlineMs: 200 } };
    expect(probeTerms(primary, fast)).toEqual({ deadlineMs: 200, holdsProcess: false });
  });

  it.each([onFallback('server-down'), unavailable, closed])('is two seconds while the primary is lost ($name)', (state) => {
    expect(probeTerms(state, settings)).toEqual({ deadlineMs: 2_000, holdsProcess: false });
  });

  it('never exceeds the connect timeout', () => {
    expect(probeTerms(unavailable, { ...settings, connectTimeoutMs: 300 })).toEqual({ deadlineMs: 300, holdsProcess: false });
  });
});

describe('the wait before a call is made again on the same database', () => {
  it('is none at first, then 20 ms, and doubles up to half a second', () => {
    expect(Array.from({ length: 10 }, (_, attempt) => repeatDelayMs(attempt))).toEqual([0, 20, 40, 80, 160, 320, 500, 500, 500, 500]);
  });
});
