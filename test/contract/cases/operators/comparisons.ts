import { literal, Op } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofEachType, ordered, selections } from './comparison-samples.js';
import { mixedComparisonCases } from './comparisons-mixed.js';

const chapter = 'Operators';

const simple: readonly ContractCase[] = [
  ...feature(chapter, 'eq, ne, gt, gte, lt, lte', {
    ...ofEachType(([, middle]) => ordered(middle)),
    'with NULL': selections('INTEGER', ordered(null)),
    'with NULL in SQL': selections('INTEGER', ordered(literal('NULL'))),
    'of texts that look like numbers': selections('TEXT', ordered('9')),
    'of texts in small and capital letters': selections('STRING', ordered('A')),
    'of CITEXT in other letters': selections('CITEXT', ordered('BCD')),
    'of CHAR with blanks at the end': selections('CHAR', ordered('a   ')),
    'of CHAR with too long a text': selections('CHAR', ordered('a      b')),
    'of STRING with too long a text': selections('STRING', ordered('a'.repeat(30))),
    'of UUID in capital letters': selections('UUID', ordered('6ECD8C99-4036-403D-BF84-CF8400F67836')),
    'of DECIMAL(10,2) with more decimals': selections('DECIMAL(10,2)', ordered('0.3000001')),
    'of DECIMAL with zeros at the end': selections('DECIMAL', ordered('0.30000')),
    'of DECIMAL(10,2) with more digits': selections('DECIMAL(10,2)', ordered('123456789012345678901')),
    'of BIGINT beyond what JavaScript counts': selections('BIGINT', ordered('-9007199254740992')),
    'of REAL with a number that is not exact': selections('REAL', ordered(0.1)),
    'of DOUBLE with NaN': selections('DOUBLE', ordered(NaN)),
    'of DOUBLE with Infinity': selections('DOUBLE', ordered(Infinity)),
    'of DATE with a text': selections('DATE', ordered('2020-02-29 11:20:30.4+01')),
    'of DATE with a day': selections('DATE', ordered('2020-02-29')),
    'of DATEONLY with infinity': selections('DATEONLY', ordered(literal(`'infinity'`))),
    'of TIME with a short text': selections('TIME', ordered('10:00')),
    'of INET with a network': selections('INET', ordered('10.0.0.0/8')),
    'of CIDR with an address': selections('CIDR', ordered('10.0.0.1/8')),
    'of MACADDR in another notation': selections('MACADDR', ordered('08002b-010204')),
    'of BOOLEAN with a word': selections('BOOLEAN', ordered(literal(`'yes'`))),
    'several of one column': selections('INTEGER', [
      { [Op.gt]: -7, [Op.lt]: 10 },
      { [Op.gte]: 5, [Op.ne]: 10 },
      { [Op.gt]: 10, [Op.lt]: 5 },
    ]),
  }),
  ...feature(chapter, 'between', {
    ...ofEachType(([low, middle, high]) => [
      { [Op.between]: [low, middle] },
      { [Op.between]: [high, low] },
      { [Op.notBetween]: [middle, high] },
      { [Op.notBetween]: [high, low] },
    ]),
    'with NULL': selections('INTEGER', [
      { [Op.between]: [null, 5] },
      { [Op.between]: [5, null] },
      { [Op.notBetween]: [null, 5] },
      { [Op.notBetween]: [6, null] },
    ] as unknown[]),
    'of numbers and texts': selections('INTEGER', [
      { [Op.between]: ['-7', 5] },
      { [Op.between]: ['a', 'b'] },
      { [Op.between]: [1.5, 5.5] },
    ]),
    'within an OR': selections('INTEGER', [{ [Op.or]: [{ [Op.between]: [-8, -6] }, { [Op.gt]: 5 }] }]),
  }),
  ...feature(chapter, 'in and notIn', {
    ...ofEachType(([low, middle, high]) => [
      { [Op.in]: [low, high] },
      { [Op.notIn]: [middle, low] },
      [middle, high],
      { [Op.in]: [middle] },
      { [Op.notIn]: [middle] },
    ]),
    'of nothing': selections('INTEGER', [{ [Op.in]: [] }, { [Op.notIn]: [] }, [], { [Op.not]: [] }]),
    'with NULL': selections('INTEGER', [{ [Op.in]: [5, null] }, { [Op.notIn]: [5, null] }, { [Op.in]: [null] }, { [Op.notIn]: [null] }]),
    'of numbers, decimals and texts': selections('INTEGER', [
      { [Op.in]: [5, '10'] },
      { [Op.in]: [5, 5.5, '10.0'] },
      { [Op.notIn]: [5.5, 10] },
      { [Op.in]: [5, 'x'] },
      { [Op.in]: ['5.5'] },
    ]),
    'of REAL with one and with two numbers': selections('REAL', [{ [Op.in]: [0.1] }, { [Op.in]: [0.1, 7] }, { [Op.notIn]: [0.1, 7] }]),
    'of BIGINT with huge numbers': selections('BIGINT', [
      { [Op.in]: ['9223372036854775807', '9223372036854775806'] },
      { [Op.in]: ['9223372036854775808'] },
      { [Op.in]: [literal('9223372036854775808'), 5] },
    ]),
    'of SMALLINT with larger numbers': selections('SMALLINT', [
      { [Op.in]: [5, 70000] },
      { [Op.in]: ['5', 70000] },
      { [Op.in]: ['70000', '5'] },
    ]),
    'of ENUM with an unknown label': selections('ENUM', [{ [Op.in]: ['ok', 'nothing'] }]),
    'of CITEXT in other letters': selections('CITEXT', [{ [Op.in]: ['ABC', 'cde'] }, { [Op.notIn]: ['ABC', 'x'] }]),
    'of CHAR with blanks': selections('CHAR', [{ [Op.in]: ['a  ', 'ab'] }]),
    'of DATEONLY with Dates': selections('DATEONLY', [{ [Op.in]: [new Date('2020-02-29T23:00:00Z'), '2020-03-01'] }]),
    'of a hundred numbers': selections('INTEGER', [{ [Op.in]: Array.from({ length: 100 }, (_, index) => index) }]),
  }),
  ...feature(chapter, 'is and not', {
    ...ofEachType(([, middle]) => [null, { [Op.is]: null }, { [Op.not]: null }, { [Op.not]: middle }]),
    'is true and false': selections('BOOLEAN', [
      { [Op.is]: true },
      { [Op.is]: false },
      { [Op.not]: true },
      { [Op.not]: false },
      true,
      false,
      { [Op.is]: literal('UNKNOWN') },
      { [Op.is]: literal('NOT UNKNOWN') },
    ]),
    'is true of a number': selections('INTEGER', [{ [Op.is]: true }]),
    'not of lists, among others': selections('INTEGER', [
      { [Op.not]: [5, 10] },
      { [Op.not]: [5] },
      { [Op.ne]: null },
      { [Op.or]: [null, 5] },
      { [Op.and]: [{ [Op.ne]: null }, { [Op.not]: 5 }] },
    ]),
  }),
];

export const comparisonCases: readonly ContractCase[] = [...simple, ...mixedComparisonCases];
