import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { ALL_CASES } from './cases/index.js';
import { describeOnBothEngines } from './describe-on-both-engines.js';
import { parityDocument } from './parity-document.js';

const file = new URL('../../docs/parity.md', import.meta.url);

describeOnBothEngines('PostgreSQL and the fallback answer the same', ALL_CASES, (verdicts) => {
  const document = parityDocument(verdicts);
  if (process.env['UPDATE_PARITY']) writeFileSync(file, document);
  expect(readFileSync(file, 'utf8')).toBe(document);
});
