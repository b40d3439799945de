import { describe, expect, it } from 'vitest';
import { leakGuard } from '../support/leak-guard.js';
import { tempFolder } from '../support/temp-folder.js';
import { broken, report } from './report.js';
import { runChaos } from './run.js';
import { MODES } from './sides.js';

leakGuard();

/** Another seed at each run finds more; `CHAOS_SEED` replays one. */
const seed = Number(process.env['CHAOS_SEED'] ?? 0) || Math.floor(Math.random() * 1_000_000) + 1;

describe('random faults under load', () => {
  it.each(MODES)(
    `break no promise in the mode '%s' (seed ${seed})`,
    async (mode) => {
      const options = { seed, mode, side: 'resilient', faults: 4, workers: 12, maxWaitMs: 3000, storageDir: tempFolder() } as const;
      const result = await runChaos(options);
      expect(result.ledger.entries.length).toBeGreaterThan(100);
      expect(broken(result), report(result)).toEqual([]);
    },
    60_000,
  );
});
