import { col, fn, literal } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { eachOfAll, ofAll, samples } from './asking.js';

const chapter = 'Functions';

/** What makes one value of the values of many rows. */
export const gatheringCases: readonly ContractCase[] = [
  ...feature(chapter, 'string_agg', {
    'ORDER BY': ofAll([
      "string_agg(s, ',' ORDER BY id)",
      "string_agg(s, ',' ORDER BY id DESC)",
      "string_agg(c, '|' ORDER BY id)",
      "string_agg(n::text, ';' ORDER BY n, id)",
    ]),
    DISTINCT: ofAll(["string_agg(DISTINCT v, ',')", "string_agg(DISTINCT s, ',' ORDER BY s DESC)"]),
    'NULL and FILTER': ofAll([
      'string_agg(s, NULL ORDER BY id)',
      "string_agg(NULL, ',')",
      "string_agg(s, ',') FILTER (WHERE false)",
      "string_agg(s, ',' ORDER BY id) FILTER (WHERE id < 3)",
    ]),
    'a separator of the row': ofAll(['string_agg(s, v ORDER BY id)', "string_agg(coalesce(s, '?'), id::text ORDER BY id)"]),
    'in expressions': ofAll(["upper(string_agg(v, ',' ORDER BY id))", "length(string_agg(v, ','))"]),
    'by groups, through fn': async (site) =>
      (await samples(site)).findAll({
        attributes: ['n', [fn('string_agg', col('v'), literal(`',' ORDER BY "id"`)), 'all']],
        group: ['n'],
        order: ['n'],
        raw: true,
      }),
    'wrong calls': eachOfAll("string_agg(n, ',')", 'string_agg(s, 1)', 'string_agg(s)', "string_agg(DISTINCT s, ',' ORDER BY id)"),
    'DISTINCT in an expression': {
      refused: 'string_agg(DISTINCT …) in a further expression',
      run: ofAll(["length(string_agg(DISTINCT v, ','))"]),
    },
    'DISTINCT with a separator of the row': {
      refused: 'string_agg(DISTINCT …) with a separator that is no literal',
      run: ofAll(['string_agg(DISTINCT v, v)']),
    },
    'of bytes': { refused: 'string_agg() of bytea', run: ofAll(["string_agg(bytes, '\\x2c' ORDER BY id)"]) },
  }),
  ...feature(chapter, 'array_agg', {
    'ORDER BY': ofAll([
      'array_agg(n ORDER BY id)',
      'array_agg(n ORDER BY n DESC NULLS LAST)',
      'array_agg(s ORDER BY id)',
      'array_agg(m ORDER BY id)',
      'array_agg(f ORDER BY id)',
      'array_agg(ok ORDER BY id)',
      'array_agg(day ORDER BY id)',
    ]),
    DISTINCT: ofAll([
      'array_agg(DISTINCT n)',
      'array_agg(DISTINCT n ORDER BY n DESC)',
      'array_agg(DISTINCT ok)',
      'array_agg(DISTINCT day)',
    ]),
    'of no rows': ofAll(['array_agg(n)', 'array_agg(n) FILTER (WHERE false)'], 'WHERE id > 99'),
    'in expressions': ofAll([
      'array_length(array_agg(n), 1)',
      '(array_agg(n ORDER BY id))[1]',
      "array_to_string(array_agg(v ORDER BY id), ',')",
    ]),
  }),
];
