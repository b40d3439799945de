import { describe, expect, it } from 'vitest';
import type { Literal } from '../../../src/dialect/sql/ast.js';
import { maskText } from '../../../src/dialect/sql/lexer.js';
import { parseStatements } from '../../../src/dialect/sql/parser.js';
import { childExpressions, forEachExpression } from '../../../src/dialect/sql/walk.js';

/** Every literal node anywhere in a tree, found without knowing its shape. */
function literalsIn(tree: unknown): Literal[] {
  if (typeof tree !== 'object' || tree === null) return [];
  if ('slot' in tree) return [tree as Literal];
  return Object.values(tree).flatMap(literalsIn);
}

const EXPRESSIONS = [
  '#',
  '-#',
  'a + #',
  '#::varchar(10)[]',
  'CAST(# AS numeric(20, 4))',
  "timestamp(3) with time zone '2020-01-01'",
  "interval '1' second(2)",
  'a[1:#]',
  'extract(year FROM #)',
  "extract('day' FROM a)",
  'count(*) OVER (ORDER BY # ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)',
  'a IN (#, #)',
  '(# , #) = (a, b)',
  '((SELECT #) + #)',
  'CASE # WHEN # THEN # ELSE # END',
  'a BETWEEN # AND #',
  "a LIKE # ESCAPE '!'",
  'a = ANY (ARRAY[#, #]::int[3])',
  'x1 || $1 || "2"',
  'current_timestamp(3)',
  'f(#, DISTINCT_(#))',
  'trim(# FROM #)',
];
const NESTED = ['#', ...EXPRESSIONS.map((expression) => `(${expression})`)];
const LITERALS = [
  "'it''s'",
  "E'\\'x'",
  '$$a$b$$',
  "$t$'$t$",
  "U&'\\0061'",
  '1',
  '10',
  '1.5',
  '.5',
  '1e3',
  "'a'\n'b'",
  "N'x'",
  '/* 1 */ 2',
  "-- 'x'\n3",
];
const STATEMENTS = [
  'SELECT #, # AS x FROM t WHERE # ORDER BY # LIMIT 1 OFFSET #',
  'INSERT INTO t (a, b) VALUES (#, #), (DEFAULT, #) ON CONFLICT (a) WHERE # DO UPDATE SET a = # RETURNING #',
  'UPDATE t SET a = #, (b, c) = (#, #) WHERE #',
  'WITH x AS (DELETE FROM t WHERE # RETURNING #) SELECT * FROM x JOIN f(#) AS y(a numeric(5)) ON #',
  'SELECT # UNION ALL (SELECT # LIMIT #) FETCH FIRST 3 ROWS ONLY',
];

function randomText(random: (below: number) => number): string {
  const fill = (template: string, choices: readonly string[]) => template.replace(/#/g, () => choices[random(choices.length)] ?? '');
  const statements = Array.from({ length: 1 + random(3) }, () =>
    fill(fill(fill(STATEMENTS[random(STATEMENTS.length)] ?? '', EXPRESSIONS), NESTED), LITERALS),
  );
  return statements.join(' ; ');
}

describe('literals', () => {
  it('are the same to the key and to the parser: nodes and structure together are all of them, each once', () => {
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    for (let round = 0; round < 2000; round++) {
      const sql = randomText(random);
      const { literals } = maskText(sql);
      const parsed = parseStatements(sql);
      const nodes = parsed.flatMap(({ statement }) => literalsIn(statement)).filter(({ slot }) => slot >= 0);
      for (const { slot, text } of nodes) expect(literals[slot], sql).toBe(text);
      const ordinals = [...nodes.map(({ slot }) => slot), ...parsed.flatMap(({ structural }) => [...structural])];
      expect(
        ordinals.sort((a, b) => a - b),
        sql,
      ).toEqual(literals.map((_, ordinal) => ordinal));
    }
  });

  it('are all structure in what is no data statement', () => {
    const [parsed] = parseStatements("CREATE TABLE t (a varchar(10) DEFAULT 'x' CHECK (a <> 'y'))");
    expect([...(parsed?.structural ?? [])]).toEqual([0, 1, 2]);
  });
});

describe('forEachExpression', () => {
  it('visits the literals of all expressions, and each once', () => {
    for (const template of STATEMENTS) {
      const sql = template.replace(/#/g, () => "(SELECT count(*) FILTER (WHERE a > 1) FROM t WHERE b IN (SELECT 'x') GROUP BY 2) + a[3]");
      for (const { statement } of parseStatements(sql)) {
        const visited: Literal[] = [];
        if (statement.kind !== 'select' && statement.kind !== 'insert' && statement.kind !== 'update') throw new Error(statement.kind);
        forEachExpression(statement, (node) => {
          if (node.kind === 'literal') visited.push(node);
          childExpressions(node);
        });
        const slots = (literals: readonly Literal[]) => literals.map(({ slot }) => slot).sort((a, b) => a - b);
        expect(slots(visited), sql).toEqual(slots(literalsIn(statement)));
      }
    }
  });
});
