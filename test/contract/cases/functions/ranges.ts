import { QueryTypes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';

const chapter = 'Functions';

const asking =
  (sql: string): ContractCase['run'] =>
  (site) =>
    site.sequelize.query(sql, { type: QueryTypes.SELECT });

const SPANS = [
  ...[
    "'[1,5)'::int4range",
    "'(1,4]'::int8range",
    "'(,5)'::int4range",
    "'[5,)'::int8range",
    "'(,)'::int4range",
    "'empty'::int4range",
    'NULL::int4range',
  ],
  ...["'[1.50,2.5]'::numrange", "'(1,)'::numrange", "'(-Infinity,NaN]'::numrange"],
  ...[
    "'[2020-01-01 00:00:00.000001,infinity)'::tstzrange",
    "'(,2020-01-01]'::tsrange",
    "'[2020-01-01,2020-01-31]'::daterange",
    "'[-infinity,infinity]'::daterange",
  ],
];

/** The function of each of the ranges, one after the other. */
const ofSpans = (name: string): ContractCase['run'] =>
  asking(`SELECT ${SPANS.map((span, nth) => `${name}(${span}) AS "r${nth}"`).join(', ')}`);

const unary = ['isempty', 'lower_inc', 'upper_inc', 'lower_inf', 'upper_inf'].flatMap((name) =>
  feature(chapter, name, { 'of each type': ofSpans(name), 'of a literal without a type': asking(`SELECT ${name}('empty')`) }),
);

export const rangeFunctionCases: readonly ContractCase[] = [
  ...feature(chapter, 'lower and upper of ranges', {
    lower: ofSpans('lower'),
    upper: ofSpans('upper'),
    'in calculations': asking(
      `SELECT upper('[1,5]'::int4range) - lower('[1,5]'::int4range) AS a, upper('[2020-01-01,2020-01-31]'::daterange) - 1 AS b, lower('ABC') AS c`,
    ),
  }),
  ...unary,
  ...feature(chapter, 'range_merge', {
    'with a gap': asking(
      `SELECT range_merge('[1,3)'::int4range, '[5,7)') AS a, range_merge('[1.50,2]'::numrange, '[1.5,2.0]') AS b, range_merge('empty'::int4range, '[1,2)') AS c, range_merge('[1,2)'::int4range, NULL) AS d, range_merge('(,1)'::int4range, '[9,)') AS e`,
    ),
    'of literals without a type': asking(`SELECT range_merge('[1,2)', '[3,4)')`),
    'of two types': asking(`SELECT range_merge('[1,2)'::int4range, '[3,4)'::int8range)`),
  }),
  ...feature(chapter, 'int4range and int8range', {
    'all brackets': asking(
      `SELECT int4range(1,5) AS a, int4range(1,5,'[]') AS b, int4range(1,5,'()') AS c, int8range(1,5,'(]') AS d, int4range(NULL,5) AS e, int8range(9007199254740992,NULL,'()') AS f, int4range(5,5) AS g, int4range(4,5,'()') AS h`,
    ),
    'the wrong way round': asking('SELECT int4range(5,1)'),
    'wrong brackets': asking(`SELECT int4range(1,5,'[[')`),
    'brackets that are NULL': asking('SELECT int4range(1,5,NULL)'),
    'beyond the largest': asking(`SELECT int4range(1,2147483647,'[]')`),
    'a fraction': asking('SELECT int4range(1.5,2)'),
  }),
  ...feature(chapter, 'numrange', {
    'digits are kept': asking(
      `SELECT numrange(1.50,2.500) AS a, numrange(1,2,'[]') AS b, numrange(1.0,1.00,'[]') AS c, numrange(1.0,1) AS d, numrange(NULL,0.1::numeric(10,2)) AS e`,
    ),
    'the wrong way round': asking('SELECT numrange(2.5,1.5)'),
  }),
  ...feature(chapter, 'tsrange, tstzrange and daterange', {
    'of literals': asking(
      `SELECT tstzrange('2020-01-01','2020-02-01') AS a, tstzrange('2020-01-01 01:00+01','2020-02-01','[]') AS b, tsrange('2020-01-01 10:00',NULL) AS c, daterange('2020-01-01','2020-01-31','[]') AS d, daterange('-infinity','infinity','[]') AS e, daterange('-infinity','-infinity','[]') AS f`,
    ),
    'of values': asking(
      `SELECT tstzrange(t, t + interval '1 day') AS a, daterange(t::date, t::date, '[]') AS b FROM (SELECT '2020-02-28 23:00:00.123456+00'::timestamptz AS t) AS x`,
    ),
    'overlap and contain': asking(
      `SELECT tstzrange('2020-01-01','2020-02-01') && tstzrange('2020-01-31 23:59:59.999999+00', NULL) AS a, daterange('2020-01-01','2020-02-01') @> '2020-02-01'::date AS b`,
    ),
  }),
  ...feature(chapter, 'multiranges and aggregates of ranges', {
    multirange: { refused: 'multirange', run: asking(`SELECT multirange('[1,3)'::int4range)::text`) },
    range_agg: { refused: 'range_agg', run: asking(`SELECT range_agg('[1,3)'::int4range)::text`) },
    range_intersect_agg: { refused: 'range_intersect_agg', run: asking(`SELECT range_intersect_agg('[1,3)'::int4range)::text`) },
  }),
];
