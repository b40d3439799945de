import { expect } from 'vitest';
import type { Rules, Typed } from '../../../src/dialect/translate/typed.js';
import type { PgType } from '../../../src/dialect/types/pg-type.js';
import type { Comparison } from '../types/composite-postgres.js';
import { call, ExpressionTranslation, operator, value } from './composite-evaluation.js';

/** A value with a cast, a literal without one, or a whole number. */
export type Operand = { readonly text: string | null; readonly cast?: string; readonly type?: PgType } | number;

export const unknown = (text: string): Operand => ({ text });
export const of =
  (cast: string, type: PgType) =>
  (text: string | null): Operand => ({ text, cast, type });

const quoted = (text: string | null): string => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
const written = (operand: Operand): string =>
  typeof operand === 'number' ? `(${operand})` : quoted(operand.text) + (operand.cast ? `::${operand.cast}` : '');

function typed(operand: Operand, context: ExpressionTranslation): Typed {
  if (typeof operand === 'number') return operand < 0 ? { sql: `(${operand})`, type: { key: 'int4' } } : context.integer(operand);
  return operand.type ? value(operand.type, operand.text) : context.unknown(operand.text ?? '');
}

async function onPostgres(postgres: Comparison, expression: string): Promise<string | null> {
  try {
    const { rows } = await postgres.client.query<{ v: string; n: boolean }>(
      `SELECT format('%s', x) AS v, NOT (x IS DISTINCT FROM NULL) AS n FROM (SELECT ${expression} AS x) AS t`,
    );
    return rows[0]?.n ? null : (rows[0]?.v ?? null);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
}

async function onSqlite(context: ExpressionTranslation, build: () => Typed): Promise<string | null> {
  try {
    return await context.evaluate(build());
  } catch (error) {
    return error instanceof Error ? `${(error as { code?: string }).code} ${error.message}` : '';
  }
}

/** Evaluates `left name right` on both databases. */
export async function expectSameOperator(
  postgres: Comparison,
  rules: Rules,
  name: string,
  pairs: readonly (readonly [Operand, Operand])[],
): Promise<void> {
  const actual: unknown[] = [];
  const expected: unknown[] = [];
  for (const [left, right] of pairs) {
    const sql = `${written(left)} ${name} ${written(right)}`;
    const context = new ExpressionTranslation();
    actual.push({ sql, value: await onSqlite(context, () => operator(rules, name, typed(left, context), typed(right, context), context)) });
    expected.push({ sql, value: await onPostgres(postgres, sql) });
  }
  expect(actual).toEqual(expected);
}

/** Evaluates `name(args)` on both databases. */
export async function expectSameCall(
  postgres: Comparison,
  rules: Rules,
  name: string,
  calls: readonly (readonly Operand[])[],
): Promise<void> {
  const actual: unknown[] = [];
  const expected: unknown[] = [];
  for (const args of calls) {
    const sql = `${name}(${args.map(written).join(', ')})`;
    const context = new ExpressionTranslation();
    actual.push({
      sql,
      value: await onSqlite(context, () =>
        call(
          rules,
          name,
          args.map((argument) => typed(argument, context)),
          context,
        ),
      ),
    });
    expected.push({ sql, value: await onPostgres(postgres, sql) });
  }
  expect(actual).toEqual(expected);
}
