import { describe, expect, it } from 'vitest';
import { PlanCache } from '../../../src/dialect/client/plan-cache.js';

describe('the cache of plans', () => {
  it('gives a plan to every text of the same shape', () => {
    const cache = new PlanCache<string>();
    cache.set('SELECT 4', ['1'], [], 'plan');
    expect(cache.get('SELECT 4', ['2'])).toBe('plan');
    expect(cache.get('SELECT 8', ['1'])).toBeUndefined();
  });

  it('keeps plans apart whose translation has looked at a literal', () => {
    const cache = new PlanCache<string>();
    cache.set('k', ['a', 'x'], [1], 'for x');
    cache.set('k', ['a', 'y'], [1], 'for y');
    expect(cache.get('k', ['b', 'x'])).toBe('for x');
    expect(cache.get('k', ['b', 'y'])).toBe('for y');
    expect(cache.get('k', ['b', 'z'])).toBeUndefined();
  });

  it('forgets the text that was not used for the longest time', () => {
    const cache = new PlanCache<number>();
    for (let number = 0; number < 1_000; number += 1) cache.set(`k${number}`, [], [], number);
    expect(cache.get('k0', [])).toBe(0);
    cache.set('one more', [], [], -1);
    expect(cache.get('k0', [])).toBe(0);
    expect(cache.get('k1', [])).toBeUndefined();
  });

  it('keeps only the last of many variants, and no long text', () => {
    const cache = new PlanCache<number>();
    for (let number = 0; number < 20; number += 1) cache.set('k', [String(number)], [0], number);
    expect(cache.get('k', ['19'])).toBe(19);
    expect(cache.get('k', ['0'])).toBeUndefined();
    cache.set('x'.repeat(20_001), [], [], 1);
    expect(cache.get('x'.repeat(20_001), [])).toBeUndefined();
  });

  it('holds a million characters of texts at the most', () => {
    const cache = new PlanCache<number>();
    for (let number = 0; number < 101; number += 1) cache.set(`${'x'.repeat(9_997)}${String(number).padStart(3, '0')}`, [], [], number);
    expect(cache.get(`${'x'.repeat(9_997)}000`, [])).toBeUndefined();
    expect(cache.get(`${'x'.repeat(9_997)}001`, [])).toBe(1);
  });
});
