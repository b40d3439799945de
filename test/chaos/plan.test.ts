import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, isOutage, makePlan } from './plan.js';
import { Random } from './random.js';

const planned = (seed: number) => makePlan({ seed, faults: 10 * FAULT_KINDS.length, kinds: FAULT_KINDS, maxWaitMs: 5000 });

describe('the plan of a run', () => {
  it('is the same for the same seed and another for another', () => {
    expect(planned(7)).toEqual(planned(7));
    expect(planned(8)).not.toEqual(planned(7));
  });

  it('has each kind as often as any other', () => {
    const kinds = planned(7).map(({ kind }) => kind);
    for (const kind of FAULT_KINDS) expect(kinds.filter((each) => each === kind)).toHaveLength(10);
  });

  it('has outages that are longer than maxWait, but mostly shorter ones', () => {
    const lengths = planned(7).flatMap(({ kind, lengthMs }) => (isOutage(kind) ? [lengthMs] : []));
    const long = lengths.filter((ms) => ms > 5000);
    expect(long.length).toBeGreaterThan(0);
    expect(long.length).toBeLessThan(lengths.length / 3);
  });

  it('has no fault longer than maxWait that is no outage, for nothing would excuse what fails then', () => {
    expect(planned(7).filter(({ kind, lengthMs }) => !isOutage(kind) && lengthMs > 5000)).toEqual([]);
  });
});

describe('random numbers', () => {
  it('are decided by seed and name', () => {
    const draw = (seed: number, name: string) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.next()
        )(new Random(seed, name)),
      );
    expect(draw(1, 'faults')).toEqual(draw(1, 'faults'));
    expect(draw(1, 'faults')).not.toEqual(draw(2, 'faults'));
    expect(draw(1, 'faults')).not.toEqual(draw(1, 'worker 1'));
  });

  it('stay within their bounds and reach them', () => {
    const random = new Random(1, 'bounds');
    const drawn = new Set(Array.from({ length: 500 }, () => random.between(3, 6)));
    expect([...drawn].sort()).toEqual([3, 4, 5, 6]);
  });
});
