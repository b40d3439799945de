import { expect, it } from 'vitest';
import { wallClockOf } from '../src/clock.js';

it('tells the same start of a clock however the two are read, until the time of day is set', () => {
  let monotonicMs = 500;
  let wallMs = 10_500;
  const startedAtMs = wallClockOf({ nowMs: () => monotonicMs }, () => wallMs);
  expect(startedAtMs()).toBe(10_000);
  monotonicMs = 1_000.4;
  wallMs = 11_001;
  expect(startedAtMs()).toBe(10_000);
  wallMs += 3_600_000;
  expect(startedAtMs()).toBe(3_610_000.6);
  monotonicMs += 7;
  wallMs += 8;
  expect(startedAtMs()).toBe(3_610_000.6);
});
