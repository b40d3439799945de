import { describe, expect, it } from 'vitest';
import { differencesBetween } from '../../src/testing/differences.js';

const between = (postgres: unknown, sqlite: unknown): string[] => differencesBetween({ value: postgres }, { value: sqlite });

describe('the differences between two results', () => {
  it.each<[string, unknown, unknown]>([
    ['numbers', Number.NaN, Number.NaN],
    ['dates', new Date(5), new Date(5)],
    ['bytes', Buffer.from('a'), Buffer.from('a')],
    ['rows, whatever the order of their keys', [{ a: 1, b: [null] }], [{ b: [null], a: 1 }]],
    ['nothing', undefined, undefined],
  ])('are none for equal %s', (_, postgres, sqlite) => expect(between(postgres, sqlite)).toEqual([]));

  it.each<[string, unknown, unknown, string[]]>([
    ['a single value', 1, '1', ["the result: 1 on PostgreSQL, '1' on SQLite"]],
    ['a zero of another sign', { n: 0 }, { n: -0 }, ['n: 0 on PostgreSQL, -0 on SQLite']],
    ['a value within rows', [{ price: '1.50' }], [{ price: '1.5' }], ["[0].price: '1.50' on PostgreSQL, '1.5' on SQLite"]],
    ['a key that is no word', { 'max(id)': 1 }, { 'max(id)': 2 }, ["['max(id)']: 1 on PostgreSQL, 2 on SQLite"]],
    ['a missing key', { a: { b: null } }, { a: {} }, ['a.b: null on PostgreSQL, nothing on SQLite']],
    [
      'a list of another length',
      { rows: [1, 2] },
      { rows: [3] },
      ['rows.length: 2 on PostgreSQL, 1 on SQLite', 'rows[0]: 1 on PostgreSQL, 3 on SQLite'],
    ],
    ['a date', new Date(0), new Date(1), ['the result: 1970-01-01T00:00:00.000Z on PostgreSQL, 1970-01-01T00:00:00.001Z on SQLite']],
    ['a date that is a text', [new Date(0)], ['1970'], ["[0]: 1970-01-01T00:00:00.000Z on PostgreSQL, '1970' on SQLite"]],
    ['bytes', Buffer.from('a'), Buffer.from('b'), ['the result: <Buffer 61> on PostgreSQL, <Buffer 62> on SQLite']],
    ['a list that is none', [1], { 0: 1 }, ["the result: [ 1 ] on PostgreSQL, { '0': 1 } on SQLite"]],
  ])('tell %s', (_, postgres, sqlite, lines) => expect(between(postgres, sqlite)).toEqual(lines));

  it('tell what was refused within a result', () => {
    const refused = { name: 'UnsupportedOnFallbackError', message: 'tsquery is not available on the SQLite fallback.' };
    expect(between({ found: [1] }, { found: refused })).toEqual([
      'found: SQLite refuses: tsquery is not available on the SQLite fallback.',
    ]);
  });

  it('tell the facts of two errors', () => {
    const postgres = { name: 'SequelizeDatabaseError', message: 'm', code: '42883' };
    expect(differencesBetween({ error: postgres }, { error: { ...postgres, code: '42704' } })).toEqual([
      "error.code: '42883' on PostgreSQL, '42704' on SQLite",
    ]);
  });

  it('tell fifty, and how many more there are', () => {
    const lines = between(
      Array.from({ length: 60 }, (_, index) => index),
      Array.from({ length: 60 }, () => 'x'.repeat(1000)),
    );
    expect(lines).toHaveLength(51);
    expect(lines[49]?.length).toBeLessThan(300);
    expect(lines[50]).toBe('and 10 more');
  });
});
