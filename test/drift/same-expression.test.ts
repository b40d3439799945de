import { describe, expect, it } from 'vitest';
import { isNullConstant, isSameDefault, isSameExpression } from '../../src/drift/same-expression.js';
import type { PgType } from '../../src/dialect/types/pg-type.js';

describe('isSameExpression', () => {
  it.each([
    ['price > 0', '(price > (0)::numeric)'],
    ["name IN ('a', 'b')", "((name)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"],
    ['n NOT IN (1, 2)', '(n <> ALL (ARRAY[1, 2]))'],
    ['n BETWEEN 1 AND 3', '((n >= 1) AND (n <= 3))'],
    ['n NOT BETWEEN 1 AND 3', '((n < 1) OR (n > 3))'],
    ['n BETWEEN SYMMETRIC 3 AND 1', '(((n >= 3) AND (n <= 1)) OR ((n >= 1) AND (n <= 3)))'],
    ['(a, b) <> (1, 2)', '((a <> 1) OR (b <> 2))'],
    ['a AND b AND c', '(c AND (a AND b))'],
    ['a OR b OR c', '(a OR (b OR c))'],
    ['now()', 'CURRENT_TIMESTAMP'],
    ['uuid_generate_v4()', 'public.gen_random_uuid()'],
    ["state = 'open'", `(state = 'open'::crm."enum_Docs_state")`],
    ["something that can't  be read", "something that can't be read"],
  ])('reads %s as %s', (one, other) => {
    expect(isSameExpression(one, other)).toBe(true);
  });

  it.each([
    ['price > 0', 'price > 1'],
    ['price > 0', 'price >= 0'],
    ["name IN ('a', 'b')", "name IN ('b', 'c')"],
    ['n BETWEEN 1 AND 3', 'n BETWEEN 1 AND 4'],
    ['a AND b', 'a OR b'],
    ['a - b', 'b - a'],
    ['lower(a)', 'upper(a)'],
    ['a::integer = 1', 'a = 1'],
    ['(a, b) = (1, 2)', '(a, b) <> (1, 2)'],
    ["'a'", "'A'"],
    ['not a', 'a'],
  ])('tells %s from %s', (one, other) => {
    expect(isSameExpression(one, other)).toBe(false);
  });
});

describe('isSameDefault', () => {
  const array: PgType = { key: 'array', element: { key: 'text' } };

  it.each<[string, string, PgType]>([
    ["'{}'::text[]", 'ARRAY[]::text[]', array],
    [`'{a,"b,c"}'::text[]`, "ARRAY['a'::text, 'b,c'::text]", array],
    ['0', '0.00', { key: 'numeric', modifiers: [10, 2], scale: 2 }],
    ['\'{"a": 1, "b": 2}\'', '\'{"b":2,"a":1}\'::jsonb', { key: 'jsonb' }],
    ["'t'::boolean", 'true', { key: 'bool' }],
    ["'-5'::integer", '-5', { key: 'int8' }],
  ])('takes %s for %s', (one, other, type) => {
    expect(isSameDefault(one, other, type)).toBe(true);
  });

  it.each<[string | undefined, string | undefined, PgType]>([
    ["'{}'::text[]", "ARRAY['']::text[]", array],
    ["'1'", "'1.0'", { key: 'text' }],
    ["'{ }'", "'{}'", { key: 'json' }],
    [undefined, '0', { key: 'int4' }],
    ['now()', undefined, { key: 'timestamptz' }],
  ])('tells %s from %s', (one, other, type) => {
    expect(isSameDefault(one, other, type)).toBe(false);
  });
});

describe('isNullConstant', () => {
  it('knows NULL by any type, and from a text', () => {
    expect(['NULL', 'NULL::character varying', 'null'].map(isNullConstant)).toEqual([true, true, true]);
    expect(["'NULL'::text", 'nullif(1, 1)', 'now()', '0'].map(isNullConstant)).toEqual([false, false, false, false]);
  });
});
