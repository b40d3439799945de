import { col, fn } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofValues, one } from './asking.js';
import { ofAllQuantities, ofQuantities, quantities } from './quantities.js';

const chapter = 'Functions';
const SAMPLES = ['0', '0.5', '-0.5', '12', '-12.3', '1234.5', '1234567.891', '0.004', '-0.006', '99999.999'];
const PATTERNS = [
  '9,999.99',
  '000',
  '0999.9',
  '999.9',
  '9.99',
  'FM9.99',
  'FM999990.00',
  'FM0000',
  'FM999,999,990.00',
  '9,999,999',
  'FM9,999,999.9',
  '9999999999',
  '99%',
  '"<"99">"',
];

export const numberFormatCases: readonly ContractCase[] = [
  ...feature(chapter, 'to_char of numbers', {
    ...Object.fromEntries(
      PATTERNS.map((pattern) => [`by ${pattern}`, ofValues(...SAMPLES.map((sample) => `to_char(${sample}, '${pattern}')`))]),
    ),
    'of columns': ofQuantities(
      "to_char(i, 'FM00000')",
      "to_char(p, 'FM999,999,990.00')",
      "to_char(b, '9999999999999999999')",
      "to_char(e, 'FM99999999999999999.0000')",
      "to_char(n, '999.99')",
    ),
    'of aggregates and windows': ofAllQuantities(
      "to_char(avg(p), 'FM9999999990.00')",
      "to_char(sum(p), '999,999,999.99')",
      "to_char(count(*), '999')",
      "to_char(sum(p) / 7, 'FM999999999.999')",
    ),
    'through fn': async (site) =>
      (await quantities(site)).findAll({ attributes: [[fn('to_char', col('p'), '990.0'), 'x']], order: ['id'], raw: true }),
    'of NULL': ofValues("to_char(NULL::int, '999')"),
    'with signs and letters of the locale': {
      refused: 'S, MI, PL, G, D, L, RN, EEEE, V and the like',
      run: one("to_char(1234, 'S9G999D9')"),
    },
    'of floats': { refused: 'to_char() of real and double precision', run: one("to_char(1.5::float8, '9.9')") },
    'in a further expression': { refused: 'to_char() of a number within another expression', run: one("'$' || to_char(1.5, '9.9')") },
  }),
  ...feature(chapter, 'to_number', { 'a text by a pattern': { refused: 'to_number()', run: one("to_number('12,454.8', '99,999.9')") } }),
];
