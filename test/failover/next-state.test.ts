import { describe, expect, it } from 'vitest';
import { dwellMs, nextState, type Observation, type Policy } from '../../src/failover/next-state.js';
import {
  initialState,
  type Closed,
  type Connecting,
  type Fallback,
  type Primary,
  type State,
  type Unavailable,
} from '../../src/failover/state.js';
import type { FailureKind } from '../../src/words.js';

const NOW_MS = 100_000;
const NEVER_MS = Number.NEGATIVE_INFINITY;

const development: Policy = { fallbackAllowed: true, production: false, maxRetries: 5 };
const production: Policy = { fallbackAllowed: false, production: true, maxRetries: 5 };
/** A test run or a shared environment: no fallback, but no production either. */
const withoutFallback: Policy = { fallbackAllowed: false, production: false, maxRetries: 5 };

const since = { sinceMs: 10_000, epoch: 3, failoversAtMs: [] };
const connecting: Connecting = initialState(10_000);
const primary: Primary = { name: 'primary', ...since, failures: 0 };
const fallback: Fallback = { name: 'fallback', ...since, reason: 'server-down', goodProbes: 0, held: false };
const unavailable: Unavailable = { name: 'unavailable', ...since, reason: 'server-down', lostBy: 'server-down', held: false };
const closed: Closed = { name: 'closed', ...since };

const goodProbe: Observation = { kind: 'probe-passed', readOnly: false };
const manualGoodProbe: Observation = { ...goodProbe, manual: true };
const readOnlyProbe: Observation = { kind: 'probe-passed', readOnly: true };

type ProbeFailed = Extract<Observation, { kind: 'probe-failed' }>;

/** A probe that began half a second ago and has just failed. */
function failedProbe(failure: FailureKind, more: Partial<ProbeFailed> = {}): ProbeFailed {
  return { kind: 'probe-failed', failure, refused: false, startedAtMs: NOW_MS - 500, lastAnswerAtMs: NEVER_MS, ...more };
}

const OBSERVATIONS = {
  'a good probe': goodProbe,
  'a good manual probe': manualGoodProbe,
  'a probe of a read-only server': readOnlyProbe,
  'a probe: server-down': failedProbe('server-down'),
  'a probe: refused': failedProbe('server-down', { refused: true }),
  'a probe: black-hole': failedProbe('black-hole'),
  'a probe: starting-up': failedProbe('starting-up'),
  'a probe: not-primary': failedProbe('not-primary'),
  'a probe: authentication': failedProbe('authentication'),
  'a probe: tls': failedProbe('tls'),
  'a probe: missing-database': failedProbe('missing-database'),
  'a probe: too-many-connections': failedProbe('too-many-connections'),
  'a probe: pool-exhausted': failedProbe('pool-exhausted'),
  'a probe: statement': failedProbe('statement'),
  'the primary is ready': { kind: 'primary-ready' },
  'the primary is not ready': { kind: 'primary-not-ready', reason: 'primary-not-ready' },
  'the primary lacks tables': { kind: 'primary-not-ready', reason: 'primary-schema-missing' },
  'the fallback is ready': { kind: 'fallback-ready' },
  'the fallback failed': { kind: 'fallback-failed' },
  'a call wants the fallback': { kind: 'fallback-wanted' },
  'a manual failover': { kind: 'failover-requested', hold: false },
  'a held manual failover': { kind: 'failover-requested', hold: true },
  'close()': { kind: 'close-requested' },
} as const satisfies Record<string, Observation>;

type Seen = keyof typeof OBSERVATIONS;

/** A state as a short sentence. */
function sentence(state: State): string {
  const some = [
    'reason' in state ? `${state.name} (${state.reason})` : state.name,
    state.name === 'connecting' && state.attempts > 0 && `attempts ${state.attempts}`,
    state.name === 'primary' && state.failures > 0 && `failures ${state.failures}`,
    state.name === 'primary' && state.degradedBy !== undefined && `degraded by ${state.degradedBy}`,
    state.name === 'fallback' && state.goodProbes > 0 && `good probes ${state.goodProbes}`,
    'held' in state && state.held && 'held',
    'preparing' in state && `preparing the ${state.preparing}`,
    'incurable' in state && `incurable ${state.incurable}`,
  ];
  return some.filter(Boolean).join(', ');
}

const isActive = ({ name }: State): boolean => name === 'primary' || name === 'fallback';

/** One test for each observation; those that are not listed change nothing. */
function table(state: State, policy: Policy, changes: Partial<Record<Seen, string>>): void {
  const rows = (Object.keys(OBSERVATIONS) as Seen[]).map((seen) => [seen, changes[seen] ?? 'stays as it is'] as const);
  it.each(rows)('%s: %s', (seen, then) => {
    const observation = OBSERVATIONS[seen];
    const after = nextState(state, observation, NOW_MS, policy);
    if (then === 'stays as it is') return expect(after).toBe(state);
    expect(sentence(after)).toBe(then);
    const entered = after.name !== state.name;
    expect(after.sinceMs).toBe(entered ? NOW_MS : state.sinceMs);
    expect(after.epoch).toBe(entered && isActive(after) ? state.epoch + 1 : state.epoch);
    expect(after.failoversAtMs).toEqual(after.name === 'fallback' && entered ? [...state.failoversAtMs, NOW_MS] : state.failoversAtMs);
  });
}

/** The state after observations that come at their own times. */
function after(state: State, policy: Policy, ...observations: (readonly [atMs: number, observation: Observation])[]): State {
  return observations.reduce((before, [atMs, observation]) => nextState(before, observation, atMs, policy), state);
}

describe('connecting', () => {
  it('begins with nothing learnt', () => {
    expect(initialState(7)).toStrictEqual({ name: 'connecting', sinceMs: 7, epoch: 0, failoversAtMs: [], attempts: 0 });
  });

  describe('where a fallback is allowed', () => {
    table(connecting, development, {
      'a good probe': 'connecting, preparing the primary',
      'a good manual probe': 'connecting, preparing the primary',
      'a probe of a read-only server': 'connecting (not-primary), attempts 1, preparing the fallback',
      'a probe: server-down': 'connecting (server-down), attempts 1, preparing the fallback',
      'a probe: refused': 'connecting (server-down), attempts 1, preparing the fallback',
      'a probe: black-hole': 'connecting (black-hole), attempts 1, preparing the fallback',
      'a probe: starting-up': 'connecting (starting-up), attempts 1, preparing the fallback',
      'a probe: not-primary': 'connecting (not-primary), attempts 1, preparing the fallback',
      'a probe: authentication': 'connecting (authentication), attempts 1, preparing the fallback',
      'a probe: tls': 'connecting (tls), attempts 1, preparing the fallback',
      'a probe: missing-database': 'connecting (missing-database), attempts 1, preparing the fallback',
      'a probe: too-many-connections': 'connecting (too-many-connections), attempts 1, preparing the fallback',
      'a probe: pool-exhausted': 'connecting (pool-exhausted), attempts 1, preparing the fallback',
      'a probe: statement': 'connecting (statement), attempts 1, preparing the fallback',
      'the primary is ready': 'primary',
      'the primary is not ready': 'connecting (primary-not-ready), preparing the fallback',
      'the primary lacks tables': 'connecting (primary-schema-missing), preparing the fallback',
      'the fallback is ready': 'fallback (server-down)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('while the primary is made ready', () => {
    table({ ...connecting, preparing: 'primary' }, development, {
      'a probe of a read-only server': 'connecting (not-primary), attempts 1, preparing the fallback',
      ...everyFailedProbe((failure) => `connecting (${failure}), attempts 1, preparing the fallback`),
      'the primary is ready': 'primary',
      'the primary is not ready': 'connecting (primary-not-ready), preparing the fallback',
      'the primary lacks tables': 'connecting (primary-schema-missing), preparing the fallback',
      'the fallback is ready': 'fallback (server-down)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('while the primary is made ready, in production', () => {
    table({ ...connecting, preparing: 'primary' }, production, {
      ...everyFailedProbe((failure) => `connecting (${failure}), attempts 1`),
      'a probe: authentication': 'unavailable (authentication)',
      'a probe: tls': 'unavailable (tls)',
      'a probe: missing-database': 'unavailable (missing-database)',
      'the primary is ready': 'primary',
      'the primary is not ready': 'unavailable (primary-not-ready)',
      'the primary lacks tables': 'unavailable (primary-schema-missing)',
      'the fallback is ready': 'fallback (server-down)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('while the fallback is made ready', () => {
    table({ ...connecting, attempts: 1, reason: 'tls', preparing: 'fallback' }, development, {
      'a probe of a read-only server': 'connecting (not-primary), attempts 2, preparing the fallback',
      'the primary is ready': 'primary',
      'the primary is not ready': 'connecting (primary-not-ready), attempts 1, preparing the fallback',
      'the primary lacks tables': 'connecting (primary-schema-missing), attempts 1, preparing the fallback',
      'the fallback is ready': 'fallback (tls)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });

    it.each(['authentication', 'tls', 'black-hole', 'primary-not-ready'] as const)('remembers why, for the fallback: %s', (reason) => {
      const before: State = { ...connecting, attempts: 1, reason, preparing: 'fallback' };
      expect(sentence(nextState(before, { kind: 'fallback-ready' }, NOW_MS, development))).toBe(`fallback (${reason})`);
    });

    it('notes when the fallback failed', () => {
      const before: State = { ...connecting, attempts: 1, reason: 'black-hole', preparing: 'fallback' };
      expect(nextState(before, { kind: 'fallback-failed' }, NOW_MS, development)).toMatchObject({ fallbackFailedAtMs: NOW_MS });
    });
  });

  describe('in production', () => {
    table(connecting, production, {
      'a good probe': 'connecting, preparing the primary',
      'a good manual probe': 'connecting, preparing the primary',
      'a probe of a read-only server': 'connecting, preparing the primary',
      'a probe: server-down': 'connecting (server-down), attempts 1',
      'a probe: refused': 'connecting (server-down), attempts 1',
      'a probe: black-hole': 'connecting (black-hole), attempts 1',
      'a probe: starting-up': 'connecting (starting-up), attempts 1',
      'a probe: not-primary': 'connecting (not-primary), attempts 1',
      'a probe: authentication': 'unavailable (authentication)',
      'a probe: tls': 'unavailable (tls)',
      'a probe: missing-database': 'unavailable (missing-database)',
      'a probe: too-many-connections': 'connecting (too-many-connections), attempts 1',
      'a probe: pool-exhausted': 'connecting (pool-exhausted), attempts 1',
      'a probe: statement': 'connecting (statement), attempts 1',
      'the primary is ready': 'primary',
      'the primary is not ready': 'unavailable (primary-not-ready)',
      'the primary lacks tables': 'unavailable (primary-schema-missing)',
      'the fallback is ready': 'fallback (server-down)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('without a fallback', () => {
    const fails = [NOW_MS, failedProbe('server-down')] as const;

    it('makes one attempt and maxRetries more before it gives up', () => {
      const policy = { ...production, maxRetries: 2 };
      expect(sentence(after(connecting, policy, fails, fails))).toBe('connecting (server-down), attempts 2');
      expect(sentence(after(connecting, policy, fails, fails, fails))).toBe('unavailable (server-down)');
    });

    it('gives up after the first attempt with maxRetries 0', () => {
      expect(sentence(after(connecting, { ...production, maxRetries: 0 }, fails))).toBe('unavailable (server-down)');
    });

    it.each(['authentication', 'tls', 'missing-database'] as const)('outside production tries again after %s too', (failure) => {
      const once = nextState(connecting, failedProbe(failure), NOW_MS, withoutFallback);
      expect(sentence(once)).toBe(`connecting (${failure}), attempts 1`);
    });

    it('prepares the primary once, however many good probes come', () => {
      const once = nextState(connecting, goodProbe, NOW_MS, production);
      expect(nextState(once, goodProbe, NOW_MS, production)).toBe(once);
    });
  });
});

describe('primary', () => {
  describe('where a fallback is allowed', () => {
    table(primary, development, {
      ...everyIncurableProbe('unavailable (server-down)'),
      'a probe of a read-only server': 'primary, failures 1, degraded by not-primary',
      'a probe: server-down': 'primary, failures 1, degraded by server-down',
      'a probe: refused': 'unavailable (server-down), preparing the fallback',
      'a probe: black-hole': 'primary, failures 1, degraded by black-hole',
      'a probe: starting-up': 'primary, failures 1, degraded by starting-up',
      'a probe: not-primary': 'primary, failures 1, degraded by not-primary',
      'a probe: authentication': 'primary, degraded by authentication',
      'a probe: tls': 'primary, degraded by tls',
      'a probe: missing-database': 'primary, degraded by missing-database',
      'a probe: too-many-connections': 'primary, degraded by too-many-connections',
      'a probe: pool-exhausted': 'primary, degraded by pool-exhausted',
      'a probe: statement': 'primary, degraded by statement',
      'a manual failover': 'unavailable (manual), preparing the fallback',
      'a held manual failover': 'unavailable (manual), held, preparing the fallback',
      'close()': 'closed',
    });
  });

  describe('after one failed probe', () => {
    const failedOnce: State = { ...primary, failures: 1, firstFailureAtMs: 90_000, degradedBy: 'black-hole' };

    table(failedOnce, development, {
      'a good probe': 'primary',
      'a good manual probe': 'primary',
      'a probe of a read-only server': 'unavailable (not-primary), preparing the fallback',
      'a probe: server-down': 'unavailable (server-down), preparing the fallback',
      'a probe: refused': 'unavailable (server-down), preparing the fallback',
      'a probe: black-hole': 'unavailable (black-hole), preparing the fallback',
      'a probe: starting-up': 'unavailable (starting-up), preparing the fallback',
      'a probe: not-primary': 'unavailable (not-primary), preparing the fallback',
      'a probe: authentication': 'primary, degraded by authentication',
      'a probe: tls': 'primary, degraded by tls',
      'a probe: missing-database': 'primary, degraded by missing-database',
      'a probe: too-many-connections': 'primary, degraded by too-many-connections',
      'a probe: pool-exhausted': 'primary, degraded by pool-exhausted',
      'a probe: statement': 'primary, degraded by statement',
      'a manual failover': 'unavailable (manual), preparing the fallback',
      'a held manual failover': 'unavailable (manual), held, preparing the fallback',
      'close()': 'closed',
    });

    it('is whole again after a good probe: the next failure is a first one', () => {
      const again = after(failedOnce, development, [NOW_MS, goodProbe], [NOW_MS, failedProbe('black-hole')]);
      expect(again).toStrictEqual({ ...primary, failures: 1, firstFailureAtMs: NOW_MS - 500, degradedBy: 'black-hole' });
    });

    it('counts anew after a failure that says that the server is there', () => {
      const then = after(failedOnce, development, [NOW_MS, failedProbe('too-many-connections')], [NOW_MS, failedProbe('black-hole')]);
      expect(sentence(then)).toBe('primary, failures 1, degraded by black-hole');
    });
  });

  describe('without a fallback', () => {
    table({ ...primary, failures: 1, firstFailureAtMs: 90_000, degradedBy: 'black-hole' }, production, {
      ...everyIncurableProbe('unavailable (server-down)'),
      'a good probe': 'primary',
      'a good manual probe': 'primary',
      'a probe of a read-only server': 'primary, degraded by not-primary',
      'a probe: server-down': 'unavailable (server-down)',
      'a probe: refused': 'unavailable (server-down)',
      'a probe: black-hole': 'unavailable (black-hole)',
      'a probe: starting-up': 'unavailable (starting-up)',
      'a probe: not-primary': 'unavailable (not-primary)',
      'a probe: authentication': 'primary, degraded by authentication',
      'a probe: tls': 'primary, degraded by tls',
      'a probe: missing-database': 'primary, degraded by missing-database',
      'a probe: too-many-connections': 'primary, degraded by too-many-connections',
      'a probe: pool-exhausted': 'primary, degraded by pool-exhausted',
      'a probe: statement': 'primary, degraded by statement',
      'close()': 'closed',
    });

    it('goes on reading from a server that stays read-only, and is whole when it is not any more', () => {
      const readOnly = after(primary, production, [1, readOnlyProbe], [2, readOnlyProbe], [3, readOnlyProbe]);
      expect(sentence(readOnly)).toBe('primary, degraded by not-primary');
      expect(sentence(nextState(readOnly, goodProbe, NOW_MS, production))).toBe('primary');
    });
  });

  describe('where another host answers as asked', () => {
    const elsewhere = (failure: FailureKind, more: Partial<ProbeFailed> = {}) => failedProbe(failure, { elsewhere: true, ...more });
    const readOnly: Observation = { ...readOnlyProbe, elsewhere: true };

    it.each([
      ['a fallback is allowed', development],
      ['no fallback is allowed', production],
    ])('goes over to it once the failure is confirmed, where %s', (_, policy) => {
      const once = nextState(primary, elsewhere('black-hole'), NOW_MS, policy);
      expect(sentence(once)).toBe('primary, failures 1, degraded by black-hole');
      const twice = nextState(once, elsewhere('black-hole'), NOW_MS, policy);
      expect(sentence(twice)).toBe('unavailable (black-hole), preparing the primary');
      expect(sentence(nextState(primary, elsewhere('server-down', { refused: true }), NOW_MS, policy))).toBe(
        'unavailable (server-down), preparing the primary',
      );
      expect(sentence(after(primary, policy, [NOW_MS, readOnly], [NOW_MS, readOnly]))).toBe(
        'unavailable (not-primary), preparing the primary',
      );
      expect(after(twice, policy, [NOW_MS, { kind: 'primary-ready' }])).toStrictEqual({ ...primary, sinceMs: NOW_MS, epoch: 4 });
    });

    it('stays where pooled connections answer, and for what a switch does not cure', () => {
      const served = elsewhere('black-hole', { lastAnswerAtMs: NOW_MS });
      expect(after(primary, development, [NOW_MS, served], [NOW_MS, served])).toMatchObject({ name: 'primary', degradedBy: 'black-hole' });
      expect(sentence(nextState(primary, elsewhere('authentication'), NOW_MS, development))).toBe('primary, degraded by authentication');
      expect(sentence(nextState(primary, elsewhere('password-unavailable'), NOW_MS, development))).toBe(
        'primary, degraded by password-unavailable',
      );
    });

    it('goes by what the confirming probe found', () => {
      const gone = after(primary, development, [NOW_MS, elsewhere('black-hole')], [NOW_MS, failedProbe('black-hole')]);
      expect(sentence(gone)).toBe('unavailable (black-hole), preparing the fallback');
      const found = after(primary, development, [NOW_MS, failedProbe('black-hole')], [NOW_MS, elsewhere('black-hole')]);
      expect(sentence(found)).toBe('unavailable (black-hole), preparing the primary');
    });

    describe('and is made ready', () => {
      const moving: State = { ...unavailable, moving: true, preparing: 'primary' };

      table(moving, development, {
        ...everyFailedProbe(() => 'unavailable (server-down), preparing the fallback'),
        ...everyIncurableProbe('unavailable (server-down), preparing the fallback'),
        'the primary is ready': 'primary',
        'the primary is not ready': 'unavailable (primary-not-ready), preparing the fallback',
        'the primary lacks tables': 'unavailable (primary-schema-missing), preparing the fallback',
        'the fallback is ready': 'fallback (server-down)',
        'the fallback failed': 'unavailable (fallback-failed)',
        'close()': 'closed',
      });

      it('is not followed by the fallback a second time, nor where none is allowed', () => {
        const notReady: Observation = { kind: 'primary-not-ready', reason: 'primary-not-ready' };
        expect(nextState(moving, notReady, NOW_MS, development)).not.toHaveProperty('moving');
        expect(sentence(nextState(moving, notReady, NOW_MS, production))).toBe('unavailable (primary-not-ready)');
      });
    });
  });

  describe('while pooled connections answer', () => {
    /** A probe that began at `startedAtMs`, while a pooled connection answered last at `lastAnswerAtMs`. */
    const seen = (startedAtMs: number, lastAnswerAtMs: number, refused = false) =>
      [startedAtMs + 500, failedProbe('black-hole', { startedAtMs, lastAnswerAtMs, refused })] as const;

    it('is degraded, not lost, however many probes fail', () => {
      const then = after(primary, development, seen(1_000, 1_400), seen(2_000, 2_400), seen(3_000, 3_400), seen(4_000, 4_400));
      expect(then).toMatchObject({ name: 'primary', degradedBy: 'black-hole', epoch: 3 });
    });

    it('is degraded also where new connections are refused', () => {
      expect(after(primary, development, seen(1_000, 1_000, true))).toMatchObject({ name: 'primary', degradedBy: 'black-hole' });
    });

    it('does not count an answer that is older than the first failed probe', () => {
      expect(after(primary, development, seen(1_000, 999, true))).toMatchObject({ name: 'unavailable' });
      expect(after(primary, development, seen(1_000, 999), seen(1_500, 999))).toMatchObject({ name: 'unavailable' });
    });

    it('counts an answer that came between the two probes', () => {
      expect(after(primary, development, seen(1_000, 999), seen(1_500, 1_499))).toMatchObject({ name: 'primary' });
    });

    it('is lost when they stop answering too', () => {
      const degraded = [seen(1_000, 1_400), seen(2_000, 2_400)];
      expect(after(primary, development, ...degraded, seen(3_000, 2_400), seen(3_500, 2_400))).toMatchObject({
        name: 'unavailable',
        reason: 'black-hole',
      });
    });

    it('is lost when a connection is refused after the last answer', () => {
      expect(after(primary, development, seen(1_000, 1_001, true), seen(1_500, 1_001, true))).toMatchObject({ name: 'unavailable' });
    });
  });
});

describe('fallback', () => {
  describe('after the dwell', () => {
    table(fallback, development, {
      ...everyIncurableProbe('fallback (server-down)'),
      'a good probe': 'fallback (server-down), good probes 1',
      'a good manual probe': 'fallback (server-down), good probes 1, preparing the primary',
      'the primary is ready': 'primary',
      'the primary is not ready': 'fallback (primary-not-ready)',
      'the primary lacks tables': 'fallback (primary-schema-missing)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('after one good probe', () => {
    table({ ...fallback, goodProbes: 1 }, development, {
      'a good probe': 'fallback (server-down), good probes 2, preparing the primary',
      'a good manual probe': 'fallback (server-down), good probes 2, preparing the primary',
      'a probe of a read-only server': 'fallback (server-down)',
      ...everyFailedProbe(() => 'fallback (server-down)'),
      ...everyIncurableProbe('fallback (server-down)'),
      'the primary is ready': 'primary',
      'the primary is not ready': 'fallback (primary-not-ready)',
      'the primary lacks tables': 'fallback (primary-schema-missing)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('held', () => {
    table({ ...fallback, reason: 'manual', held: true, goodProbes: 1 }, development, {
      'a good probe': 'fallback (manual), good probes 2, held',
      'a good manual probe': 'fallback (manual), good probes 2, preparing the primary',
      'a probe of a read-only server': 'fallback (manual), held',
      ...everyFailedProbe(() => 'fallback (manual), held'),
      ...everyIncurableProbe('fallback (manual), held'),
      'the primary is ready': 'primary',
      'the primary is not ready': 'fallback (primary-not-ready), held',
      'the primary lacks tables': 'fallback (primary-schema-missing), held',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });

    it('stays through any number of good probes', () => {
      const held: State = { ...fallback, held: true };
      const probes = Array.from({ length: 100 }, (_, index) => [NOW_MS + index * 1_000, goodProbe] as const);
      expect(after(held, development, ...probes)).toMatchObject({ name: 'fallback', held: true, goodProbes: 100 });
      expect(after(held, development, ...probes)).not.toHaveProperty('preparing');
    });
  });

  describe('the dwell', () => {
    const entered = nextState(unavailable, { kind: 'fallback-ready' }, NOW_MS, development);

    /** Two good probes, the second at `atMs` after the fallback became active. */
    const returnAfter = (state: State, atMs: number) => after(state, development, [NOW_MS, goodProbe], [NOW_MS + atMs, goodProbe]);

    it('lasts a second: a primary that is back sooner waits', () => {
      expect(sentence(returnAfter(entered, 999))).toBe('fallback (server-down), good probes 2');
      expect(sentence(returnAfter(entered, 1_000))).toBe('fallback (server-down), good probes 2, preparing the primary');
    });

    it('needs no good probes anew when it is over', () => {
      const early = returnAfter(entered, 999);
      expect(sentence(nextState(early, goodProbe, NOW_MS + 1_000, development))).toBe(
        'fallback (server-down), good probes 3, preparing the primary',
      );
    });

    it('is skipped by a manual probe, as is the second good probe', () => {
      expect(sentence(nextState(entered, manualGoodProbe, NOW_MS, development))).toBe(
        'fallback (server-down), good probes 1, preparing the primary',
      );
    });

    it('is not skipped by a manual probe of a read-only server', () => {
      const readOnly: Observation = { kind: 'probe-passed', readOnly: true, manual: true };
      expect(sentence(nextState(entered, readOnly, NOW_MS, development))).toBe('fallback (server-down)');
    });

    it('doubles with each failover within the last minute, up to a minute', () => {
      const failovers = (count: number) => Array.from({ length: count }, () => NOW_MS);
      expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 50].map((count) => dwellMs(failovers(count), NOW_MS))).toEqual([
        1_000, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
      ]);
    });

    it('forgets a failover after a minute', () => {
      expect(dwellMs([NOW_MS - 59_999, NOW_MS], NOW_MS)).toBe(2_000);
      expect(dwellMs([NOW_MS - 60_000, NOW_MS], NOW_MS)).toBe(1_000);
      const old: Unavailable = { ...unavailable, failoversAtMs: [NOW_MS - 60_000, NOW_MS - 59_999] };
      expect(nextState(old, { kind: 'fallback-ready' }, NOW_MS, development).failoversAtMs).toEqual([NOW_MS - 59_999, NOW_MS]);
    });

    it('is longer where the primary flaps', () => {
      const flapping: Unavailable = { ...unavailable, failoversAtMs: [NOW_MS - 20_000, NOW_MS - 10_000] };
      const again = nextState(flapping, { kind: 'fallback-ready' }, NOW_MS, development);
      expect(returnAfter(again, 3_999)).not.toHaveProperty('preparing');
      expect(returnAfter(again, 4_000)).toMatchObject({ preparing: 'primary' });
    });
  });

  describe('while the primary is made ready', () => {
    table({ ...fallback, goodProbes: 2, preparing: 'primary' }, development, {
      'a good probe': 'fallback (server-down), good probes 3, preparing the primary',
      'a good manual probe': 'fallback (server-down), good probes 3, preparing the primary',
      'a probe of a read-only server': 'fallback (server-down), preparing the primary',
      ...everyFailedProbe(() => 'fallback (server-down)'),
      ...everyIncurableProbe('fallback (server-down)'),
      'the primary is ready': 'primary',
      'the primary is not ready': 'fallback (primary-not-ready)',
      'the primary lacks tables': 'fallback (primary-schema-missing)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  it('asks for two good probes again after a primary that was not ready', () => {
    const lacking: Observation = { kind: 'primary-not-ready', reason: 'primary-schema-missing' };
    const once = after({ ...fallback, goodProbes: 2, preparing: 'primary' }, development, [NOW_MS, lacking], [NOW_MS, goodProbe]);
    expect(sentence(once)).toBe('fallback (primary-schema-missing), good probes 1');
    expect(sentence(nextState(once, goodProbe, NOW_MS, development))).toBe(
      'fallback (primary-schema-missing), good probes 2, preparing the primary',
    );
  });
});

describe('unavailable', () => {
  describe('without a fallback', () => {
    table(unavailable, production, {
      ...everyIncurableProbe('unavailable (server-down)'),
      'a good probe': 'unavailable (server-down), preparing the primary',
      'a good manual probe': 'unavailable (server-down), preparing the primary',
      'a probe of a read-only server': 'unavailable (server-down), preparing the primary',
      'the primary is ready': 'primary',
      'the primary is not ready': 'unavailable (primary-not-ready)',
      'the primary lacks tables': 'unavailable (primary-schema-missing)',
      'the fallback is ready': 'fallback (server-down)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('where a fallback is allowed', () => {
    table(unavailable, development, {
      ...everyIncurableProbe('unavailable (server-down)'),
      'a good probe': 'unavailable (server-down), preparing the primary',
      'a good manual probe': 'unavailable (server-down), preparing the primary',
      'the primary is ready': 'primary',
      'the primary is not ready': 'unavailable (primary-not-ready)',
      'the primary lacks tables': 'unavailable (primary-schema-missing)',
      'the fallback is ready': 'fallback (server-down)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'a call wants the fallback': 'unavailable (server-down), preparing the fallback',
      'close()': 'closed',
    });
  });

  describe('while the fallback is made ready', () => {
    table({ ...unavailable, reason: 'manual', lostBy: 'manual', held: true, preparing: 'fallback' }, development, {
      ...everyIncurableProbe('unavailable (manual), held, preparing the fallback'),
      'the primary is ready': 'primary',
      'the primary is not ready': 'unavailable (primary-not-ready), held',
      'the primary lacks tables': 'unavailable (primary-schema-missing), held',
      'the fallback is ready': 'fallback (manual), held',
      'the fallback failed': 'unavailable (fallback-failed), held',
      'close()': 'closed',
    });
  });

  describe('while the primary is made ready', () => {
    table({ ...unavailable, preparing: 'primary' }, development, {
      ...everyFailedProbe(() => 'unavailable (server-down)'),
      ...everyIncurableProbe('unavailable (server-down)'),
      'the primary is ready': 'primary',
      'the primary is not ready': 'unavailable (primary-not-ready)',
      'the primary lacks tables': 'unavailable (primary-schema-missing)',
      'the fallback is ready': 'fallback (server-down)',
      'the fallback failed': 'unavailable (fallback-failed)',
      'close()': 'closed',
    });
  });

  describe('because the fallback failed', () => {
    const failedAt = (fallbackFailedAtMs: number): State => ({ ...unavailable, reason: 'fallback-failed', fallbackFailedAtMs });
    const wanted: Observation = { kind: 'fallback-wanted' };

    it('tries a fresh one at the next call, at most once a second', () => {
      const failed = failedAt(NOW_MS - 999);
      expect(nextState(failed, wanted, NOW_MS, development)).toBe(failed);
      expect(sentence(nextState(failed, wanted, NOW_MS + 1, development))).toBe('unavailable (fallback-failed), preparing the fallback');
    });

    it('counts the second from the latest failure', () => {
      const again = after(failedAt(0), development, [NOW_MS, wanted], [NOW_MS, { kind: 'fallback-failed' }]);
      expect(nextState(again, wanted, NOW_MS + 999, development)).toBe(again);
      expect(nextState(again, wanted, NOW_MS + 1_000, development)).toMatchObject({ preparing: 'fallback' });
    });

    it('remembers why the start failed, for a fresh one that works', () => {
      const steps: [number, Observation][] = [
        [NOW_MS, failedProbe('missing-database')],
        [NOW_MS, { kind: 'fallback-failed' }],
        [NOW_MS + 1_000, wanted],
        [NOW_MS + 1_001, { kind: 'fallback-ready' }],
      ];
      expect(sentence(after(connecting, development, ...steps))).toBe('fallback (missing-database)');
    });

    it('says why the primary is away, not that the fallback failed, once a fresh one works', () => {
      const lost = nextState({ ...primary, failures: 1, firstFailureAtMs: 1 }, failedProbe('black-hole'), NOW_MS, development);
      const steps: [number, Observation][] = [
        [NOW_MS, { kind: 'fallback-failed' }],
        [NOW_MS + 1_000, wanted],
        [NOW_MS + 1_001, { kind: 'fallback-ready' }],
      ];
      expect(sentence(after(lost, development, ...steps))).toBe('fallback (black-hole)');
    });
  });
});

describe('closed', () => {
  table(closed, development, {});

  it('keeps the epoch of the last activation', () => {
    expect(nextState(fallback, { kind: 'close-requested' }, NOW_MS, development)).toStrictEqual({
      name: 'closed',
      sinceMs: NOW_MS,
      epoch: 3,
      failoversAtMs: [],
    });
  });
});

describe('the epoch', () => {
  it('counts activations, and nothing else', () => {
    const epochs: number[] = [];
    let state: State = initialState(0);
    const steps: Observation[] = [
      failedProbe('server-down'),
      { kind: 'fallback-ready' },
      manualGoodProbe,
      { kind: 'primary-ready' },
      failedProbe('server-down', { refused: true }),
      { kind: 'fallback-failed' },
      goodProbe,
      { kind: 'primary-ready' },
    ];
    for (const step of steps) {
      state = nextState(state, step, NOW_MS, development);
      epochs.push(state.epoch);
    }
    expect(epochs).toEqual([0, 1, 1, 2, 2, 2, 2, 3]);
  });
});

/** What each way in which a probe can fail leads to. */
/** What waiting does not cure is remembered beside the state, because it sets the pace of the probes. */
const everyIncurableProbe = (state: string): Partial<Record<Seen, string>> =>
  Object.fromEntries(
    ['authentication', 'tls', 'missing-database'].map((failure) => [`a probe: ${failure}`, `${state}, incurable ${failure}`]),
  );

function everyFailedProbe(then: (failure: FailureKind) => string): Partial<Record<Seen, string>> {
  const rows = Object.entries(OBSERVATIONS).flatMap(([seen, observation]) =>
    observation.kind === 'probe-failed' ? [[seen, then(observation.failure)]] : [],
  );
  return Object.fromEntries(rows) as Partial<Record<Seen, string>>;
}

describe('reconnect() on a held fallback', () => {
  it('ends the hold also where the primary is still away', () => {
    const held: State = { ...fallback, reason: 'manual', held: true };
    const asked: Observation = { ...failedProbe('server-down'), manual: true };
    expect(nextState(held, asked, NOW_MS, development)).toMatchObject({ name: 'fallback', held: false });
    expect(nextState(held, failedProbe('server-down'), NOW_MS, development)).toBe(held);
  });
});
