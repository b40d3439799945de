import { QueryTypes } from 'sequelize';
import { type ContractCase, feature, type Site } from '../contract-case.js';
import { filledShop } from './fixtures.js';

const chapter = 'Queries';

/** Asks with the tables' names in place of `:people`, `:orders` and `:tags`. */
async function ask(site: Site, sql: string, options: object = {}): Promise<unknown> {
  const models = await filledShop(site);
  const text = sql.replace(/:(people|orders|tags)\b/g, (_, name: keyof typeof models) => `"${models[name].tableName}"`);
  return await site.sequelize.query(text, { type: QueryTypes.SELECT, ...options });
}

const asking =
  (sql: string, options?: object): ContractCase['run'] =>
  (site) =>
    ask(site, sql, options);

export const queryCases: readonly ContractCase[] = [
  ...feature(chapter, 'what is no statement of PostgreSQL', {
    'a misspelled word': asking('SELEC 1'),
    "SQLite's REPLACE": asking('REPLACE INTO x VALUES (1)'),
    "SQLite's virtual tables": asking('CREATE VIRTUAL TABLE x USING fts5(a)'),
  }),
  ...feature(chapter, 'statements that only PostgreSQL has', {
    EXPLAIN: { refused: 'EXPLAIN', run: asking('EXPLAIN SELECT 1') },
    NOTIFY: { refused: 'NOTIFY', run: asking(`NOTIFY channel, 'x'`) },
    'CREATE FUNCTION': {
      refused: 'CREATE FUNCTION',
      run: asking(`CREATE OR REPLACE FUNCTION c_f() RETURNS int LANGUAGE sql AS 'SELECT 1'`),
    },
    GRANT: { refused: 'GRANT', run: asking('GRANT SELECT ON :people TO public') },
    pg_sleep: { refused: 'pg_sleep()', run: asking('SELECT pg_sleep(0.001)') },
  }),
  ...feature(chapter, 'reports', {
    'a percentage of counts': asking(
      'SELECT round(100.0 * count(*) FILTER (WHERE amount > 2) / NULLIF(count(*), 0), 1) AS a, round(100.0 * count(*) / count(sku), 2) AS b FROM :orders',
    ),
    'count(*) in calculations': asking('SELECT count(*) * 2 AS a, count(*)::numeric / 4 AS b FROM :orders HAVING count(*) > 1'),
    'shares of groups, rounded': asking(
      'SELECT sku, count(*) AS n, round(100.0 * count(*) / sum(count(*)) OVER (), 1) AS share FROM :orders GROUP BY sku ORDER BY sku',
    ),
    'a number in a format': asking(`SELECT to_char(1234.5, '9,999.99')`),
    'months of dates': asking(`SELECT date_trunc('month', placed) AS m, count(*)::int AS n FROM :orders GROUP BY 1 ORDER BY 1`),
    'days of times': asking('SELECT date(born) AS d, count(*) AS n FROM :people GROUP BY date(born) ORDER BY d'),
    'JSON of the rows of another table': asking(
      `SELECT p.name, (SELECT json_agg(json_build_object('sku', o.sku) ORDER BY o.id) FROM :orders o WHERE o."personId" = p.id) AS o FROM :people p ORDER BY p.id`,
    ),
    'the last of each group': asking(
      `SELECT id, sku FROM (SELECT *, row_number() OVER (PARTITION BY "personId" ORDER BY id DESC) AS n FROM :orders) t WHERE n = 1 ORDER BY id`,
    ),
    'DISTINCT ON': asking(`SELECT DISTINCT ON ("personId") "personId", sku FROM :orders ORDER BY "personId", amount DESC NULLS LAST, id`),
  }),
  ...feature(chapter, 'lists as parameters', {
    'several arrays side by side': asking('SELECT * FROM unnest($1::text[], $2::int[]) AS t(name, age)', {
      bind: [
        ['a', 'b'],
        [1, 2],
      ],
    }),
    'arrays of different lengths': asking(`SELECT * FROM unnest('{a,b}'::text[], '{1}'::bigint[], NULL::date[]) WITH ORDINALITY`),
    'an upsert of arrays': asking(
      `INSERT INTO :tags (label) SELECT * FROM unnest($1::text[]) ON CONFLICT (label) DO UPDATE SET label = excluded.label || '!' RETURNING label`,
      { bind: [['x', 'new']] },
    ),
  }),
  ...feature(chapter, 'very long conditions', {
    'five thousand alternatives': asking(
      `SELECT id FROM :people WHERE ${Array.from({ length: 5000 }, (_, n) => `(age = ${n + 30} AND id > 1)`).join(' OR ')}`,
    ),
  }),
  ...feature(chapter, 'rows without ORDER BY', {
    'of an equality, a range and a list': async (site) => {
      const { orders } = await filledShop(site);
      await site.sequelize.query(`CREATE INDEX "${site.name('sku')}" ON "${orders.tableName}" (sku DESC)`);
      const ids = (where: string) =>
        site.sequelize.query(`SELECT id FROM "${orders.tableName}" WHERE ${where}`, { type: QueryTypes.SELECT });
      return [await ids(`sku = 'a'`), await ids(`sku > 'a'`), await ids(`sku IN ('d', 'b')`), await ids('id > 2')];
    },
  }),
];
