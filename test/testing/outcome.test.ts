import { DatabaseError, type Model, ValidationError, ValidationErrorItem } from 'sequelize';
import { describe, expect, it } from 'vitest';
import { UnsupportedOnFallbackError } from '../../src/index.js';
import { outcomeOf } from '../../src/testing/outcome.js';

const NO_ROW = undefined as unknown as Model;

const of = (run: () => unknown) => outcomeOf(() => Promise.resolve().then(run));
const failing = (error: unknown) =>
  of(() => {
    throw error;
  });

describe('the outcome of a function', () => {
  it.each<[string, unknown, unknown]>([
    ['maps as pairs', new Map([['a', new Map([[1, 2]])]]), [['a', [[1, 2]]]]],
    ['sets as lists', new Set([1, new Set([2])]), [1, [2]]],
    ['dates and bytes as they are', [new Date(0), Buffer.from('a')], [new Date(0), Buffer.from('a')]],
    [
      'a result of pg without what is about the wire',
      { command: 'SELECT', rowCount: 1, rows: [{}], fields: [], oid: 0 },
      { command: 'SELECT', rowCount: 1, rows: [{}] },
    ],
    ['the properties of a list', Object.assign([1], { inclusive: true }), { elements: [1], inclusive: true }],
    ['errors among values as facts', [new RangeError('r')], [{ name: 'RangeError', message: 'r' }]],
    ['functions by their name', [function named() {}], ['[Function: named]']],
  ])('holds %s', async (_, value, plain) => expect(await of(() => value)).toEqual({ value: plain }));

  it('holds an object that leads back to itself once, and one that stands twice twice', async () => {
    const shared = { a: 1 };
    const row: Record<string, unknown> = { shared: [shared, shared] };
    row['row'] = row;
    expect(await of(() => row)).toEqual({ value: { shared: [{ a: 1 }, { a: 1 }], row: '[Circular]' } });
  });

  it('holds the name, the message and the codes of errors', async () => {
    const original = Object.assign(new Error('no such table'), { code: '42P01', sql: 'SELECT' });
    expect(await failing(new DatabaseError(original))).toEqual({
      error: { name: 'SequelizeDatabaseError', message: 'no such table', code: '42P01' },
    });
    expect(await failing(new UnsupportedOnFallbackError('ltree', 'Use text.'))).toMatchObject({
      error: { name: 'UnsupportedOnFallbackError', code: 'UNSUPPORTED_ON_FALLBACK' },
    });
    expect(await failing(new AggregateError([new Error('one'), 'two'], 'all'))).toEqual({
      error: { name: 'AggregateError', message: 'all', errors: [{ name: 'Error', message: 'one' }, { thrown: 'two' }] },
    });
    expect(await failing('text')).toEqual({ error: { thrown: 'text' } });
  });

  it('holds the single errors of a validation', async () => {
    const item = new ValidationErrorItem('too short', 'validation error', 'name', 'x', NO_ROW, 'len', 'len', []);
    expect(await failing(new ValidationError('invalid', [item]))).toEqual({
      error: {
        name: 'SequelizeValidationError',
        message: 'invalid',
        errors: [{ message: 'too short', type: 'validation error', path: 'name', value: 'x', validatorKey: 'len' }],
      },
    });
  });
});
