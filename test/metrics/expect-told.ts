import { expect } from 'vitest';
import type { ResilientEvents } from '../../src/index.js';
import type { Measured, Scrape } from './measured.js';

/** The closed list of the design, and what a way back is called. */
const REASONS: readonly string[] = [
  ...['server-down', 'black-hole', 'starting-up', 'not-primary', 'authentication', 'password-unavailable', 'tls', 'missing-database'],
  ...['too-many-connections', 'pool-exhausted', 'statement', 'manual', 'fallback-failed', 'primary-schema-missing'],
  ...['primary-migration-failed', 'primary-not-ready', 'recovered'],
];

/** Events are dated by a listener, metrics by the library itself. */
const TOLERANCE_S = 0.5;

/** Expects each counter and histogram of a scrape to say what the events have said. */
export function expectTold(scrape: Scrape, { startedAtMs }: Pick<Measured, 'startedAtMs'>): void {
  expectSwitches(scrape);
  const passed = scrape.payloads('healthCheckPassed');
  const failed = scrape.payloads('healthCheckFailed');
  expect(scrape.value('database_retry_attempts_total')).toBe(failed.length);
  expect(scrape.value('database_probe_duration_seconds_count', { result: 'passed' })).toBe(passed.length);
  expect(scrape.value('database_probe_duration_seconds_count', { result: 'failed' })).toBe(failed.length);
  const passedSeconds = sumOf(passed.map(({ durationMs }) => durationMs)) / 1000;
  expect(scrape.value('database_probe_duration_seconds_sum', { result: 'passed' })).toBeCloseTo(passedSeconds, 6);
  for (const outcome of ['not-sent', 'unknown', 'rolled-back', 'committed']) {
    const ofThis = scrape.payloads('outcome').filter((told) => told.outcome === outcome);
    expect(scrape.value('database_inflight_outcomes_total', { outcome })).toBe(ofThis.length);
  }
  const { fallbackS, outagesS } = timesOf(scrape, startedAtMs);
  expect(Math.abs((scrape.value('database_fallback_seconds_total') ?? NaN) - fallbackS)).toBeLessThan(TOLERANCE_S);
  expect(scrape.value('database_outage_duration_seconds_count')).toBe(outagesS.length);
  expect(Math.abs((scrape.value('database_outage_duration_seconds_sum') ?? NaN) - sumOf(outagesS))).toBeLessThan(
    TOLERANCE_S * Math.max(1, outagesS.length),
  );
}

function expectSwitches(scrape: Scrape): void {
  const lines = scrape.lines('database_switches_total');
  for (const { labels } of lines) {
    expect(REASONS).toContain(labels['reason']);
    for (const end of ['from', 'to']) expect(['postgres', 'sqlite', 'none']).toContain(labels[end]);
    expect(labels['from']).not.toBe(labels['to']);
  }
  const count = (matching: Readonly<Record<string, string>>) =>
    sumOf(
      lines.filter(({ labels }) => Object.entries(matching).every(([name, value]) => labels[name] === value)).map(({ value }) => value),
    );
  expect(count({ to: 'sqlite' })).toBe(scrape.payloads('failover').length);
  expect(count({ reason: 'recovered' })).toBe(scrape.payloads('recovered').length);
  for (const { to, reason } of scrape.payloads('failover')) {
    const alike = scrape.payloads('failover').filter((told) => told.to === to && told.reason === reason);
    expect(count({ to, reason })).toBe(alike.length);
  }
  // Whatever was left was gone over to before, and the start is from none: the ends make a chain.
  for (const end of ['postgres', 'sqlite']) {
    const starts = end === 'postgres' ? startsOnPrimary(scrape) : 0;
    const stays = scrape.value('database_state', { state: end === 'postgres' ? 'primary' : 'fallback' }) ?? 0;
    if (scrape.value('database_state', { state: 'unavailable' }) === 0)
      expect(count({ to: end }) + starts - count({ from: end })).toBe(stays);
  }
}

/** A start on the primary is no switch. */
const startsOnPrimary = (scrape: Scrape): number =>
  scrape.payloads('connected').filter(({ fallback, epoch }) => !fallback && epoch === 1).length -
  scrape.payloads('recovered').filter(({ epoch }) => epoch === 1).length;

/** From the events alone: the time on the fallback, and how long PostgreSQL was away each time. */
function timesOf({ told, atMs }: Scrape, startedAtMs: number): { fallbackS: number; outagesS: number[] } {
  let fallbackMs = 0;
  let onFallbackSinceMs: number | undefined;
  let awaySinceMs: number | undefined;
  let hasBeenActive = false;
  const outagesS: number[] = [];
  for (const { name, payload, atMs: toldAtMs } of told) {
    if (['disconnected', 'recovered', 'closed'].includes(name) && onFallbackSinceMs !== undefined) {
      fallbackMs += toldAtMs - onFallbackSinceMs;
      onFallbackSinceMs = undefined;
    }
    if (name === 'healthCheckFailed' && !hasBeenActive) awaySinceMs ??= startedAtMs;
    if (name === 'disconnected') {
      const { dialect, reason } = payload as ResilientEvents['disconnected'];
      if (dialect === 'postgres' && reason !== 'manual') awaySinceMs = toldAtMs;
    }
    if (name !== 'connected') continue;
    hasBeenActive = true;
    if ((payload as ResilientEvents['connected']).fallback) onFallbackSinceMs = toldAtMs;
    else if (awaySinceMs !== undefined) {
      outagesS.push((toldAtMs - awaySinceMs) / 1000);
      awaySinceMs = undefined;
    }
  }
  if (onFallbackSinceMs !== undefined) fallbackMs += atMs - onFallbackSinceMs;
  return { fallbackS: fallbackMs / 1000, outagesS };
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);
