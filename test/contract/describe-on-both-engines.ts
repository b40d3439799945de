import { isDeepStrictEqual } from 'node:util';
import type { Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { within } from '../../src/within.js';
import type { ContractCase } from './contract-case.js';
import { type Engines, openEngines } from './engines.js';
import { siteOn } from './site.js';
import { type EngineOutcome, outcomeOf } from '../../src/testing/outcome.js';

/** What a case showed: `same` where plain Sequelize on SQLite gives PostgreSQL's answer, too; `different` fails its test. */
export type Verdict = 'same' | 'emulated' | 'refused' | 'different';

export type Verdicts = ReadonlyMap<ContractCase, Verdict>;

/** How long plain Sequelize may take for a case: on SQLite it can wait for ever. */
const STOCK_MS = 5_000;

/** So many cases make their tables in one SQLite file. */
const CASES_A_FILE = 150;

/** Runs each case on PostgreSQL and on the fallback, and expects the same of both, value by value. */
export function describeOnBothEngines(title: string, cases: readonly ContractCase[], done: (verdicts: Verdicts) => void): void {
  describe(title, () => {
    let engines: Engines;
    const verdicts = new Map<ContractCase, Verdict>();
    beforeAll(async () => {
      engines = await openEngines();
    });
    afterAll(() => engines.dispose());

    cases.forEach((contractCase, index) => {
      it(`${contractCase.feature}: ${contractCase.name}`, async () => {
        verdicts.set(contractCase, 'different');
        if (index % CASES_A_FILE === CASES_A_FILE - 1) await engines.renew();
        const on = (sequelize: Sequelize) => outcomeOf(() => contractCase.run(siteOn(sequelize, `c${index}`)));
        const [postgres, fallback] = await Promise.all([on(engines.postgres), on(engines.fallback)]);
        if (contractCase.refused === undefined) {
          expect(fallback).toEqual(postgres);
          let stock: EngineOutcome | undefined;
          const asked = on(engines.stock).then((outcome) => (stock = outcome));
          await within(STOCK_MS, asked);
          verdicts.set(contractCase, isDeepStrictEqual(stock, postgres) ? 'same' : 'emulated');
        } else {
          expectRefused(postgres, fallback);
          verdicts.set(contractCase, 'refused');
        }
      });
    });

    it('is what docs/parity.md says', () => done(verdicts));
  });
}

function expectRefused(postgres: EngineOutcome, fallback: EngineOutcome): void {
  expect(postgres).toHaveProperty('value');
  expect(fallback).toMatchObject({ error: { name: 'UnsupportedOnFallbackError' } });
}
