import fc from 'fast-check';
import type { Model, ModelStatic } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EngineOutcome, outcomeOf } from '../../src/testing/outcome.js';
import { type Engines, openEngines } from './engines.js';
import { asked, fillWide, randomWideRows, wideModel } from './random-finder-model.js';
import { randomFinder } from './random-finders.js';

/** How many finders each filling of the table is asked with; a long run sets more. */
const numRuns = Number(process.env['CONTRACT_RUNS'] ?? 12) * 24;
const seed = Number(process.env['CONTRACT_SEED'] ?? 20261121);
const isLong = process.env['CONTRACT_RUNS'] !== undefined;
const FILLINGS = 4;
/** A generator whose queries are refused shows nothing. */
const MOST_REFUSED = 0.1;

let engines: Engines;
let sides: readonly ModelStatic<Model>[];
const refusals = new Map<string, number>();
let finders = 0;

beforeAll(async () => {
  // Sequelize's moment warns of each text that is no date.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  engines = await openEngines();
  sides = await Promise.all([engines.postgres, engines.fallback].map(wideModel));
});
afterAll(() => engines.dispose());

describe('random finders', () => {
  for (let filling = 0; filling < FILLINGS; filling += 1) {
    it(`give the same of rows ${filling + 1}`, { timeout: 3_600_000 }, async () => {
      const rows = randomWideRows(seed + filling);
      for (const model of sides) await fillWide(model, rows);
      await fc.assert(
        fc.asyncProperty(randomFinder, async (finder) => {
          const [onPostgres, onFallback] = (await Promise.all(
            sides.map((model) => outcomeOf(() => asked(model, finder))),
          )) as unknown as Outcomes;
          finders += 1;
          if (isRefused(onFallback)) return noteRefusal(onFallback, onPostgres);
          // Its two queries run at once: where both fail, either may be the first.
          if (finder.method === 'findAndCountAll' && 'error' in onPostgres && 'error' in onFallback) return;
          expect(onFallback).toEqual(onPostgres);
        }),
        { numRuns, seed: seed + filling },
      );
    });
  }

  it('are seldom refused', () => {
    const features = [...refusals].toSorted(([, a], [, b]) => b - a);
    if (isLong)
      process.stdout.write(`Of ${finders} finders were refused:\n${features.map(([feature, n]) => `${n} × ${feature}\n`).join('')}`);
    expect(features.reduce((sum, [, n]) => sum + n, 0)).toBeLessThan(finders * MOST_REFUSED);
  });
});

type Outcomes = readonly [EngineOutcome, EngineOutcome];

const isRefused = (outcome: EngineOutcome): outcome is EngineOutcome & { error: Record<string, unknown> } =>
  outcome.error?.['name'] === 'UnsupportedOnFallbackError';

/** A statement that fails on PostgreSQL, too, may be refused for something else in it. */
function noteRefusal({ error }: { error: Record<string, unknown> }, onPostgres: EngineOutcome): void {
  if ('error' in onPostgres) return;
  const feature = String(error['message']).split(' is not available on ')[0] ?? '';
  refusals.set(feature, (refusals.get(feature) ?? 0) + 1);
}
