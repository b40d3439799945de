import { expect, it } from 'vitest';
import { isCommit } from '../../src/testing/commit-text.js';

it.each([
  'COMMIT',
  'COMMIT;',
  'commit',
  'End',
  ' \n COMMIT ; ',
  'COMMIT;;',
  'COMMIT WORK',
  'end transaction;',
  'COMMIT AND CHAIN',
  'COMMIT WORK AND NO CHAIN',
  'COMMIT -- the end',
  '/* trace=1 */ COMMIT /* a **/;',
  '-- first\nCOMMIT',
])('is a COMMIT: %j', (text) => {
  expect(isCommit(text)).toBe(true);
});

it.each([
  '',
  ';',
  'BEGIN',
  'ROLLBACK',
  'COMMITS',
  'ENDING',
  "COMMIT PREPARED 'x'",
  'COMMIT; BEGIN',
  'BEGIN; COMMIT',
  "SELECT 'COMMIT'",
  '-- COMMIT',
  '/* COMMIT',
  'COMMIT /* never closed',
  'COMMIT AND',
])('is none: %j', (text) => {
  expect(isCommit(text)).toBe(false);
});

it('refuses a text of many comments in one pass', () => {
  const startedAtMs = performance.now();
  expect(isCommit(`${'/* a */ -- b\n'.repeat(50_000)}SELECT 1`)).toBe(false);
  expect(performance.now() - startedAtMs).toBeLessThan(1000);
});
