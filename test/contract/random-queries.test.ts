import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engines, openEngines } from './engines.js';
import { type EngineOutcome, outcomeOf } from '../../src/testing/outcome.js';
import { randomQuery } from './random-queries.js';
import { asked, defined, fill, type Models, randomRows } from './random-query-models.js';

/** How many random queries are asked of each filling of the tables; a long run sets more. */
const numRuns = Number(process.env['CONTRACT_RUNS'] ?? 12) * 12;
const seed = Number(process.env['CONTRACT_SEED'] ?? 20261121);
const FILLINGS = 3;

let engines: Engines;
let sides: readonly Models[];
beforeAll(async () => {
  engines = await openEngines();
  sides = await Promise.all([engines.postgres, engines.fallback].map(defined));
});
afterAll(() => engines.dispose());

describe('random queries', () => {
  for (let filling = 0; filling < FILLINGS; filling += 1) {
    it(`answer the same of rows ${filling + 1}`, { timeout: 3_600_000 }, async () => {
      const rows = randomRows(seed + filling);
      for (const models of sides) await fill(models, rows);
      await fc.assert(
        fc.asyncProperty(randomQuery, async (query) => {
          const [onPostgres, onFallback] = await Promise.all(sides.map((models) => outcomeOf(() => asked(models, query))));
          if (isRefused(onFallback) && !isRefused(onPostgres)) return;
          // Its two queries run at once: where both fail, either may be the first.
          if (query.method === 'findAndCountAll' && onPostgres && onFallback && 'error' in onPostgres && 'error' in onFallback) return;
          expect(onFallback).toEqual(onPostgres);
        }),
        { numRuns, seed: seed + filling },
      );
    });
  }
});

const isRefused = (outcome: EngineOutcome | undefined): boolean => outcome?.error?.['name'] === 'UnsupportedOnFallbackError';
