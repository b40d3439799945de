import { describe, expect, it } from 'vitest';
import { endsTransaction } from '../src/databases/sqlite-connections/ends-transaction.js';

describe('a text that ends its transaction', () => {
  it.each(['COMMIT;', 'END TRANSACTION', 'ROLLBACK;', 'rollback transaction', 'ABORT', '-- note\n /* x */ commit'])('%s', (sql) => {
    expect(endsTransaction(sql)).toBe(true);
  });
});

describe('a text that does not', () => {
  it.each([
    'ROLLBACK TO SAVEPOINT "a-sp-1";',
    'ROLLBACK TRANSACTION TO x',
    'ROLLBACK /* c */ TO x',
    'SAVEPOINT "a"',
    'RELEASE a',
    'BEGIN',
    'SELECT 1',
    'INSERT INTO commit VALUES (1)',
    '',
  ])('%s', (sql) => {
    expect(endsTransaction(sql)).toBe(false);
  });
});
