import { describe, expect, it } from 'vitest';
import { foreignOnlyReads, setsForeignKeys } from '../../../src/dialect/client/foreign.js';

describe("SQLite's own statements that only read", () => {
  it.each(['PRAGMA table_info(`Accounts`)', 'PRAGMA TABLE_INFO(`Accounts`);', 'pragma main.index_list(t)', 'PRAGMA foreign_key_list(`t`)'])(
    '%s',
    (sql) => {
      expect(foreignOnlyReads(sql)).toBe(true);
    },
  );
});

describe('those that have to wait for their turn', () => {
  it.each(['PRAGMA foreign_keys = OFF', 'PRAGMA foreign_keys', 'PRAGMA user_version = 3', 'VACUUM', 'REPLACE INTO t VALUES (1)'])(
    '%s',
    (sql) => {
      expect(foreignOnlyReads(sql)).toBe(false);
    },
  );
});

it('knows what turns foreign keys off', () => {
  expect(setsForeignKeys('PRAGMA foreign_keys = OFF')).toBe(true);
  expect(setsForeignKeys('pragma foreign_keys(0)')).toBe(true);
  expect(setsForeignKeys('PRAGMA foreign_keys')).toBe(false);
});
