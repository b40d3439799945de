import fc from 'fast-check';
import { literal, Op } from 'sequelize';
import type { Any } from './random-columns.js';

const table = '"random_rows"';
/** Raw SQL as conditions. */
export const ofLiteral: Any = fc.oneof(
  fc
    .constantFrom(
      '"int" % 2 = 1',
      '"int" / 2 > 1',
      '"str" || "txt" = \'aa\'',
      '"int" IS DISTINCT FROM "small"',
      '"big" IS NOT DISTINCT FROM "int"',
      'CASE WHEN "int" > 1 THEN "bool" ELSE NOT "bool" END',
      `"id" IN (SELECT max("id") FROM ${table} GROUP BY "small")`,
      `EXISTS (SELECT 1 FROM ${table} AS "other" WHERE "other"."int" = ${table}."small")`,
      `"price" > (SELECT avg("price") FROM ${table})`,
      '"str" IS NULL OR "txt" IS NULL',
      '("int", "small") = (1, 1)',
      '("int", "str") > (1, \'a\')',
      '"str" SIMILAR TO \'a%\'',
      '"born" > "day"',
      '"day" + 1 > date \'2024-01-01\'',
      "\"born\" BETWEEN '2020-02-29' AND '2024-01-01'",
      '"bool"',
      '"tags" @> ARRAY["str"]',
      '"str" = ANY ("names")',
      '"int" = ANY ("ints")',
      '"int" <@ "span"',
      '"span" @> "int"',
      '"store" ? \'a\'',
      "\"store\" -> 'b' = 'it''s'",
      '"ip" << \'10.0.0.0/8\'',
      '"str" COLLATE "C" > \'a\'',
    )
    .map((sql) => literal(sql)),
  fc
    .tuple(fc.constantFrom('int', 'str', 'born', 'dec'), fc.constantFrom('int', 'small', 'str', 'born'))
    .map(([outer, inner]) => ({ [outer]: { [Op.in]: literal(`(SELECT "${inner}" FROM ${table} WHERE "bool")`) } })),
);

/** Conditions upon other rows of the same table. */
export const ofOtherRows: Any = fc
  .tuple(
    fc.constantFrom('small', 'int', 'big', 'id', 'price'),
    fc.constantFrom('=', '<', '>=', '<>'),
    fc.constantFrom('small', 'int', 'big', 'id'),
    fc.constantFrom('', ' AND o."bool"', ' AND o."id" <> "random_rows"."id"', ' OR o."str" = "random_rows"."txt"'),
    fc.constantFrom(
      (rows: string) => `EXISTS (SELECT 1 ${rows})`,
      (rows: string) => `NOT EXISTS (SELECT * ${rows})`,
      (rows: string) => `(SELECT count(*) ${rows}) > 1`,
      (rows: string) => `(SELECT max(o."int") ${rows}) > 2`,
      (rows: string) => `"int" IN (SELECT o."small" ${rows})`,
      (rows: string) => `"int" > ANY (SELECT o."small" ${rows})`,
      (rows: string) => `"int" <= ALL (SELECT o."int" ${rows})`,
      (rows: string) => `(SELECT o."bool" ${rows} ORDER BY o."id" DESC LIMIT 1)`,
      (rows: string) => `EXISTS (SELECT 1 ${rows} GROUP BY o."small" HAVING count(*) > 1)`,
    ),
  )
  .map(([of, operator, to, more, wrapped]) => literal(wrapped(`FROM ${table} AS o WHERE o."${of}" ${operator} ${table}."${to}"${more}`)));
