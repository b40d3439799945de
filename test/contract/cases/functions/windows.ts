import { literal, Op, QueryTypes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { answers, eachOfRows, ofRows, samples } from './asking.js';

const chapter = 'Functions';
const columns = ['n', 's', 'm', 'f', 'ok', 'day', 'u', 'b'];

const ranks: readonly ContractCase[] = ['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist'].flatMap((name) =>
  feature(chapter, name, {
    'over an order': ofRows(`${name}() OVER (ORDER BY n, id)`, `${name}() OVER (ORDER BY id DESC)`),
    'by partitions': ofRows(
      `${name}() OVER (PARTITION BY ok ORDER BY m DESC NULLS LAST, id)`,
      `${name}() OVER (PARTITION BY n ORDER BY id)`,
    ),
    'without an order or OVER': eachOfRows(`${name}() OVER (PARTITION BY id)`, `${name}()`, `${name}(1) OVER ()`),
  }),
);

const neighbours: readonly ContractCase[] = [
  ...feature(chapter, 'ntile', {
    'of several sizes': ofRows('ntile(2) OVER (ORDER BY id)', 'ntile(10) OVER (ORDER BY id)', 'ntile(NULL) OVER (ORDER BY id)'),
    'of no size': eachOfRows('ntile(0) OVER (ORDER BY id)', 'ntile(-1) OVER (ORDER BY id)', 'ntile(2::bigint) OVER (ORDER BY id)'),
  }),
  ...feature(chapter, 'lag, lead', {
    'of each type': ofRows(...columns.flatMap((column) => [`lag(${column}) OVER (ORDER BY id)`, `lead(${column}) OVER (ORDER BY id)`])),
    'at a distance': ofRows(
      'lag(n, 2) OVER (ORDER BY id)',
      'lead(n, 0) OVER (ORDER BY id)',
      'lag(n, -1) OVER (ORDER BY id)',
      'lag(n, NULL) OVER (ORDER BY id)',
    ),
    'with another value': ofRows(
      "lag(s, 1, 'none') OVER (ORDER BY id)",
      'lead(m, 1, 0.5) OVER (ORDER BY id)',
      'lag(n, 1, 1.5) OVER (ORDER BY id)',
    ),
    'with a value of another type': eachOfRows("lag(n, 1, 'x') OVER (ORDER BY id)", 'lag(n, 1::bigint) OVER (ORDER BY id)'),
    'in expressions': ofRows('n - lag(n) OVER (ORDER BY id)', 'coalesce(lag(n) OVER (ORDER BY id), 0)'),
  }),
  ...feature(chapter, 'first_value, last_value, nth_value', {
    'of each type': ofRows(...columns.map((column) => `first_value(${column}) OVER (ORDER BY id DESC)`)),
    'within frames': ofRows(
      'last_value(n) OVER (ORDER BY id)',
      'last_value(n) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
      'nth_value(s, 2) OVER (ORDER BY id)',
      'nth_value(n, NULL) OVER (ORDER BY id)',
    ),
    'at no position': eachOfRows('nth_value(n, 0) OVER (ORDER BY id)', 'nth_value(n, -1) OVER (ORDER BY id)'),
  }),
];

const over: readonly ContractCase[] = feature(chapter, 'aggregates with OVER', {
  'running sums': ofRows(
    ...['n', 'm', 'u', 'b'].flatMap((column) => [`sum(${column}) OVER (ORDER BY id)`, `avg(${column}) OVER (ORDER BY id)`]),
  ),
  'by partitions': ofRows(
    'count(*) OVER (PARTITION BY n)',
    'max(s) OVER (PARTITION BY ok)',
    'bool_and(ok) OVER (PARTITION BY n ORDER BY id)',
  ),
  'that gather': ofRows(
    "string_agg(v, ',') OVER (ORDER BY id)",
    "string_agg(v, ',') OVER (PARTITION BY id)",
    'array_agg(n) OVER (ORDER BY id)',
    'bit_or(n) OVER (ORDER BY id)',
  ),
  FILTER: ofRows('count(*) FILTER (WHERE ok) OVER (ORDER BY id)', 'sum(n) FILTER (WHERE n > 0) OVER ()'),
  'of groups': async (site) => {
    const { tableName } = await samples(site);
    return answers(
      site,
      `SELECT n, sum(count(*)) OVER (ORDER BY n) AS running, rank() OVER (ORDER BY count(*) DESC, n) AS place FROM "${tableName}" GROUP BY n ORDER BY n`,
    );
  },
  'wrong calls': eachOfRows(
    'sum(DISTINCT n) OVER ()',
    "string_agg(s, ',' ORDER BY s) OVER ()",
    'sum(sum(n) OVER ()) OVER ()',
    'sum(row_number() OVER ())',
    'lower(s) OVER ()',
    'row_number() FILTER (WHERE ok) OVER ()',
    'lag(DISTINCT n) OVER ()',
    'rank() OVER (ORDER BY rank() OVER ())',
  ),
});

const count = (window: string): string => `count(*) OVER (${window})`;

const frames: readonly ContractCase[] = feature(chapter, 'frames of windows', {
  ROWS: ofRows(
    count('ORDER BY id ROWS 1 PRECEDING'),
    count('ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING'),
    count('ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING'),
    count('ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING'),
  ),
  RANGE: ofRows(
    count('ORDER BY n RANGE BETWEEN 3 PRECEDING AND CURRENT ROW'),
    count('ORDER BY n DESC RANGE BETWEEN 1 PRECEDING AND 3 FOLLOWING'),
    count('ORDER BY m RANGE BETWEEN 0.5 PRECEDING AND CURRENT ROW'),
    count('ORDER BY f RANGE BETWEEN 0.1 PRECEDING AND CURRENT ROW'),
    count("ORDER BY day RANGE BETWEEN '60 days' PRECEDING AND CURRENT ROW"),
    count('ORDER BY s RANGE UNBOUNDED PRECEDING'),
  ),
  GROUPS: ofRows(count('ORDER BY n GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING'), count('ORDER BY n GROUPS CURRENT ROW')),
  EXCLUDE: ofRows(
    ...['CURRENT ROW', 'GROUP', 'TIES', 'NO OTHERS'].map((what) =>
      count(`ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE ${what}`),
    ),
  ),
  'wrong frames': eachOfRows(
    count('ORDER BY id ROWS BETWEEN -1 PRECEDING AND CURRENT ROW'),
    count('ORDER BY id ROWS BETWEEN NULL PRECEDING AND CURRENT ROW'),
    count('ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING'),
    count('ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING'),
    count('ORDER BY id ROWS UNBOUNDED FOLLOWING'),
    count('ORDER BY s RANGE 5 PRECEDING'),
    count('ORDER BY day RANGE 5 PRECEDING'),
    count('ORDER BY n RANGE 1.5 PRECEDING'),
    count('ORDER BY n, id RANGE 5 PRECEDING'),
    count('GROUPS 1 PRECEDING'),
  ),
  'RANGE by months': {
    refused: 'a frame with an offset of months',
    run: ofRows(count("ORDER BY day RANGE BETWEEN '1 month' PRECEDING AND CURRENT ROW")),
  },
});

const named: readonly ContractCase[] = feature(chapter, 'WINDOW', {
  'named windows': async (site) => {
    const { tableName } = await samples(site);
    const from = `FROM "${tableName}"`;
    return answers(
      site,
      `SELECT id, sum(n) OVER w AS a, rank() OVER w AS b ${from} WINDOW w AS (PARTITION BY ok ORDER BY n, id) ORDER BY id`,
      `SELECT id, sum(n) OVER (w ORDER BY id) AS a ${from} WINDOW w AS (PARTITION BY ok) ORDER BY id`,
      `SELECT id, sum(n) OVER (w ROWS 1 PRECEDING) AS a ${from} WINDOW w AS (ORDER BY id) ORDER BY id`,
      `SELECT id, count(*) OVER v AS a ${from} WINDOW w AS (PARTITION BY ok), v AS (w ORDER BY id) ORDER BY id`,
    );
  },
  'windows that contradict each other': async (site) => {
    const { tableName } = await samples(site);
    const ask = (over: string, window: string): string => `SELECT sum(n) OVER ${over} AS a FROM "${tableName}" WINDOW ${window}`;
    return answers(
      site,
      ask('(w ORDER BY id)', 'w AS (ORDER BY id)'),
      ask('(w PARTITION BY id)', 'w AS (ORDER BY id)'),
      ask('(w)', 'w AS (ORDER BY id ROWS 1 PRECEDING)'),
      ask('w', 'w AS (ORDER BY id), w AS (ORDER BY n)'),
      ask('nope', 'w AS (ORDER BY id)'),
    );
  },
  'in WHERE and HAVING': async (site) => {
    const { tableName } = await samples(site);
    return answers(
      site,
      `SELECT id FROM "${tableName}" WHERE row_number() OVER () = 1`,
      `SELECT n FROM "${tableName}" GROUP BY n HAVING row_number() OVER () = 1`,
    );
  },
  'the first of each group, through literal': async (site) => {
    const model = await samples(site);
    const rows = `SELECT "id", row_number() OVER (PARTITION BY "n" ORDER BY "id" DESC) AS place FROM "${model.tableName}"`;
    return model.findAll({
      attributes: ['id', [literal('rank() OVER (ORDER BY "n", "id")'), 'r']],
      where: { id: { [Op.in]: literal(`(SELECT "id" FROM (${rows}) AS t WHERE place = 1)`) } } as never,
      raw: true,
      order: ['id'],
    });
  },
  'sorted by a window': async (site) => {
    const { tableName } = await samples(site);
    return site.sequelize.query(`SELECT id FROM "${tableName}" ORDER BY row_number() OVER (ORDER BY n NULLS FIRST, id DESC)`, {
      type: QueryTypes.SELECT,
    });
  },
});

export const windowCases: readonly ContractCase[] = [...ranks, ...neighbours, ...over, ...frames, ...named];
