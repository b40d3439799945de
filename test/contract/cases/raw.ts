import { QueryTypes, Sequelize } from 'sequelize';
import { type ContractCase, feature, type Site } from '../contract-case.js';
import { filledShop } from './fixtures.js';

const chapter = 'Raw queries';
const select = (site: Site, sql: string, options: object = {}) => site.sequelize.query(sql, { type: QueryTypes.SELECT, ...options });

export const rawCases: readonly ContractCase[] = [
  ...feature(chapter, 'bind and replacements', {
    'positional bind next to a cast': async (site) =>
      select(site, 'SELECT $1::int AS a, $2::text AS b, $1::int + 1 AS c', { bind: [41, 'x'] }),
    'named bind next to a cast': async (site) =>
      select(site, 'SELECT $a::int AS a, $b::uuid AS b', { bind: { a: 5, b: '6ECD8C99-4036-403d-bf84-cf8400f67836' } }),
    'bind without a cast': async (site) => {
      const { people } = await filledShop(site);
      return [
        await select(site, `SELECT id, name FROM "${people.tableName}" WHERE name = $1 OR age > $2 ORDER BY id`, { bind: ['Bob', 30] }),
        await select(site, `SELECT id FROM "${people.tableName}" WHERE active = $1`, { bind: [false] }),
        await select(site, `SELECT id FROM "${people.tableName}" WHERE born < $1`, { bind: [new Date('1900-01-01')] }),
        await select(site, `SELECT id FROM "${people.tableName}" WHERE id = ANY($1) ORDER BY id`, { bind: [[1, 3]] }),
      ];
    },
    'the same parameter twice': async (site) => select(site, 'SELECT $1::int AS a, $1::int AS b', { bind: [3] }),
    replacements: async (site) => {
      const { people } = await filledShop(site);
      return [
        await select(site, `SELECT id FROM "${people.tableName}" WHERE name IN (:names) AND active = :active ORDER BY id`, {
          replacements: { names: ['Ada', "O'B"], active: true },
        }),
        await select(site, `SELECT ? AS a, ? AS b`, { replacements: ["it's \\ here", 5] }),
      ];
    },
    'too few parameters': async (site) => select(site, 'SELECT $1::int, $2::int', { bind: [1] }),
    'a wrong value': async (site) => select(site, 'SELECT $1::int AS a', { bind: ['x'] }),
  }),
  ...feature(chapter, 'casts', {
    'of literals': async (site) =>
      select(
        site,
        `SELECT '5'::int AS a, '1.50'::numeric AS b, '1.555'::numeric(10,2) AS c, 5::text AS d, true::text AS e, 'yes'::boolean AS f, '2020-01-02'::date AS g, '{"b":1,"a":2}'::jsonb AS h, '{1,2}'::int[] AS i`,
      ),
    'of columns': async (site) => {
      const { people } = await filledShop(site);
      return select(
        site,
        `SELECT id::text AS a, age::numeric AS b, points::text AS c, balance::text AS d, balance::int AS e, active::int AS f, born::date AS g, name::varchar(2) AS h FROM "${people.tableName}" ORDER BY people.id`.replace(
          'people.id',
          `"${people.tableName}".id`,
        ),
      );
    },
    'CAST and sequelize.cast': async (site) => {
      const { people } = await filledShop(site);
      const { cast, col } = Sequelize;
      return [
        await people.findAll({
          attributes: [
            [cast(col('age'), 'text') as never, 'a'],
            [cast(col('balance'), 'integer') as never, 'b'],
          ],
          order: ['id'],
          raw: true,
        }),
        await select(site, `SELECT CAST('7' AS INTEGER) AS a`),
      ];
    },
    'a cast that fails': async (site) => select(site, `SELECT 'abc'::int`),
    'a cast of a column that fails': async (site) => {
      const { people } = await filledShop(site);
      return select(site, `SELECT name::int FROM "${people.tableName}"`);
    },
  }),
  ...feature(chapter, 'types of results', {
    'columns of a table': async (site) => {
      const { people } = await filledShop(site);
      return select(site, `SELECT * FROM "${people.tableName}" ORDER BY id`);
    },
    'booleans, dates, decimals, bigints': async (site) => {
      const { people } = await filledShop(site);
      return select(
        site,
        `SELECT active, NOT active AS n, age > 30 AS old, born, points, balance, balance + 1 AS more, points + 1 AS pp, count(*) OVER () AS c FROM "${people.tableName}" ORDER BY id`,
      );
    },
    'names of columns': async (site) =>
      select(
        site,
        `SELECT 1, 'x', now() IS NOT NULL, upper('a'), 1 AS "Quoted", 2 AS Folded, coalesce(NULL, 3), CASE WHEN true THEN 1 END, '5'::int, count(*)`,
      ),
    'a join through a subquery': async (site) => {
      const { people, orders } = await filledShop(site);
      return select(
        site,
        `SELECT s.name, s.born, o.amount, o.placed FROM (SELECT * FROM "${people.tableName}") s JOIN "${orders.tableName}" o ON o."personId" = s.id ORDER BY o.id`,
      );
    },
    'NULL, text and numbers without a table': async (site) =>
      select(site, `SELECT NULL AS a, 'x' AS b, 1 AS c, 1.50 AS d, 12345678901 AS e, true AS f, -5 AS g, 1e3 AS h`),
    'metadata of a raw query': async (site) => {
      const [rows, metadata] = await site.sequelize.query('SELECT 1 AS a UNION SELECT 2 ORDER BY 1');
      const { command, rowCount } = metadata as { command: string; rowCount: number };
      return [rows, command, rowCount];
    },
    'several statements': async (site) => {
      const { tags } = await filledShop(site);
      return (
        await site.sequelize.query(
          `INSERT INTO "${tags.tableName}" (label) VALUES ('m'); SELECT label FROM "${tags.tableName}" ORDER BY id;`,
        )
      )[0];
    },
  }),
  ...feature(chapter, 'arithmetic', {
    'integers divide to integers': async (site) => select(site, 'SELECT 7 / 2 AS a, -7 / 2 AS b, 7 % 3 AS c, -7 % 3 AS d, 7.0 / 2 AS e'),
    'division by zero': async (site) => select(site, 'SELECT 1 / 0'),
    'division of a column by zero': async (site) => {
      const { people } = await filledShop(site);
      return select(site, `SELECT age / (id - 1) FROM "${people.tableName}"`);
    },
    'integer overflow': async (site) => select(site, 'SELECT 2147483647 + 1'),
    'bigint overflow': async (site) => select(site, 'SELECT 9223372036854775807 + 1'),
    'decimals are exact': async (site) => select(site, 'SELECT 0.1 + 0.2 AS a, 1.10 * 3 AS b, 0.1 + 0.2 = 0.3 AS c'),
    'text is no number': async (site) => select(site, `SELECT 'a' + 1`),
    'a number is no text': async (site) => {
      const { people } = await filledShop(site);
      return select(site, `SELECT * FROM "${people.tableName}" WHERE name = 5`);
    },
    'a number is no boolean': async (site) => {
      const { people } = await filledShop(site);
      return select(site, `SELECT * FROM "${people.tableName}" WHERE active = 1`);
    },
  }),
  ...feature(chapter, 'what is no SQL of PostgreSQL', {
    'a syntax error': async (site) => select(site, 'SELEC 1'),
    'an unknown table': async (site) => select(site, 'SELECT * FROM nothing_like_this'),
    'an unknown column': async (site) => {
      const { people } = await filledShop(site);
      return select(site, `SELECT "nothing" FROM "${people.tableName}"`);
    },
    'an unknown function': async (site) => select(site, 'SELECT nothing_like_this(1)'),
    'an ambiguous column': async (site) => {
      const { people, orders } = await filledShop(site);
      return select(site, `SELECT id FROM "${people.tableName}" p JOIN "${orders.tableName}" o ON o."personId" = p.id`);
    },
  }),
];
