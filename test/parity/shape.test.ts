import { describe, expect, it } from 'vitest';
import { hashOf, shapeOf } from '../../src/parity/shape.js';
import { Shapes } from '../../src/parity/shapes.js';

describe('shapeOf', () => {
  it.each([
    ['numbers', 'SELECT * FROM a WHERE b = 1 LIMIT 20', 'SELECT * FROM a WHERE b = 345 LIMIT 5'],
    ['values', `SELECT 'a' AS x, 'b'`, `SELECT 'it''s' AS x, ''`],
    ['the lengths of lists', 'SELECT 1 WHERE a IN (1, 2, 3)', 'SELECT 1 WHERE a IN (7)'],
    ['the numbers of parameters', 'INSERT INTO t VALUES ($1,$2),($3,$4)', 'INSERT INTO t VALUES ($1,$2),($3,$4),($5,$6)'],
  ])('is the same for texts that differ in %s', (_what, one, other) => {
    expect(shapeOf(other)).toBe(shapeOf(one));
  });

  it.each([
    ['operators', 'SELECT a -> $1', 'SELECT a ->> $1'],
    ['names', 'SELECT "a1"', 'SELECT "a2"'],
    ['names without quotes', 'SELECT a1', 'SELECT a2'],
    ['names with a low line', 'SELECT a_1', 'SELECT a_2'],
    ['quotes', `SELECT "a" = 'b'`, `SELECT "a" = "b"`],
    ['values of definitions', `CREATE TABLE a (b TEXT DEFAULT 'c')`, `CREATE TABLE a (b TEXT DEFAULT 'd')`],
    ['values of enums', `DO 'BEGIN CREATE TYPE a'`, `do 'BEGIN CREATE TYPE b'`],
    ['letters outside ASCII', 'SELECT ä1', 'SELECT ä2'],
  ])('is another one for texts that differ in %s', (_what, one, other) => {
    expect(shapeOf(other)).not.toBe(shapeOf(one));
  });

  it('ends at a value that does not', () => {
    expect(shapeOf(`SELECT 'a`)).toBe(shapeOf(`SELECT 'bcd`));
  });
});

describe('Shapes', () => {
  it('knows a statement by its shape, unless its values matter', () => {
    const shapes = new Shapes();
    expect(shapes.isNew('SELECT 1')).toBe(true);
    shapes.note('SELECT 1', false);
    expect(shapes.isNew('SELECT 2')).toBe(false);
    shapes.note(`SELECT 'a'`, true);
    expect(shapes.isNew(`SELECT 'a'`)).toBe(false);
    expect(shapes.isNew(`SELECT 'b'`)).toBe(true);
    expect(hashOf(`SELECT 'b'`)).not.toBe(hashOf(`SELECT 'a'`));
  });

  it('examines so many values and no more', () => {
    const shapes = new Shapes();
    for (let number = 0; number < 50; number++) shapes.note(`SELECT '${number}'`, true);
    expect(shapes.isNew(`SELECT 'x'`)).toBe(false);
    expect(shapes.size).toBe(1);
  });

  it('keeps so many shapes and counts what it left out', () => {
    const shapes = new Shapes();
    for (let number = 0; number < 5_000; number++) shapes.note(`SELECT a${number}`, false);
    expect(shapes.isNew('SELECT b')).toBe(false);
    expect(shapes).toMatchObject({ size: 5_000, leftOut: 1 });
  });
});
