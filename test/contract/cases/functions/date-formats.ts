import { col, fn, Op, where } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofValues, one } from './asking.js';
import { forEach, moments, ofAllMoments, ofMoments } from './moments.js';

const chapter = 'Functions';
const pattern = 'patterns whose words go by the locale, and endings behind names';

export const dateFormatCases: readonly ContractCase[] = [
  ...feature(chapter, 'to_char of dates and times', {
    'usual patterns': ofMoments(
      "to_char(at, 'YYYY-MM-DD HH24:MI:SS')",
      'to_char(at, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')',
      "to_char(day, 'YYYY-MM')",
      "to_char(day, 'DD.MM.YYYY')",
      "to_char(day, 'FMDD.FMMM.YYYY')",
      "to_char(day, 'Mon DD, YYYY')",
      "to_char(day, 'FMMonth FMDDth, YYYY')",
      "to_char(plain, 'HH12:MI AM')",
      "to_char(plain, 'Dy, DD Mon YYYY HH24:MI:SS')",
      'to_char(day, \'IYYY-"W"IW\')',
      'to_char(day, \'YYYY-"Q"Q\')',
    ),
    'every word of days': ofMoments(
      ...forEach(
        [
          'YYYY',
          'YYY',
          'YY',
          'Y',
          'Y,YYY',
          'IYYY',
          'IY',
          'CC',
          'MM',
          'Q',
          'WW',
          'W',
          'IW',
          'DDD',
          'IDDD',
          'DD',
          'D',
          'ID',
          'J',
          'RM',
          'BC',
          'a.d.',
        ],
        "to_char(day, '%|FM%')",
      ),
    ),
    'every word of names': ofMoments(
      ...forEach(['MONTH', 'Month', 'month', 'MON', 'Mon', 'mon', 'DAY', 'Day', 'day', 'DY', 'Dy', 'dy'], "to_char(day, '%|FM%|')"),
    ),
    'every word of times': ofMoments(
      ...forEach(
        ['HH24', 'HH12', 'HH', 'MI', 'SS', 'MS', 'US', 'FF1', 'FF3', 'FF6', 'SSSS', 'SSSSS', 'AM', 'p.m.', 'TZH', 'OF'],
        "to_char(at, '%|FM%')",
      ),
    ),
    'small letters, endings and what is no word': ofMoments(
      "to_char(at, 'yyyy-mm-dd hh24:mi:ss')",
      "to_char(at, 'DDth DDTH')",
      "to_char(at, 'YYYY-MM-DDTHH24:MI')",
      "to_char(plain, 'Today is TZ')",
      "to_char(plain, '')",
    ),
    'of intervals and times': ofMoments(
      "to_char(lasts, 'HH24:MI:SS')",
      "to_char(lasts, 'DD HH12:MI:SS.MS')",
      "to_char(clock, 'HH24:MI')",
      "to_char(interval '1000 hours', 'HH24:MI')",
    ),
    'of infinity and of what it is not given': ofValues(
      "to_char(timestamp 'infinity', 'YYYY')",
      "to_char('2020-01-01', 'YYYY')",
      "to_char(true, 'YYYY')",
      "to_char(NULL::date, 'YYYY')",
    ),
    'in group': ofAllMoments(["to_char(plain, 'YYYY-MM')", 'count(*)'], "GROUP BY to_char(plain, 'YYYY-MM') ORDER BY 1"),
    'in where': async (site) =>
      (await moments(site)).findAll({
        attributes: ['id', [fn('to_char', col('day'), 'YYYY-MM'), 'month']],
        where: where(fn('to_char', col('day'), 'YYYY-MM'), { [Op.in]: ['2020-01', '1999-12'] }),
        order: ['id'],
        raw: true,
      }),
    'of extremes': ofAllMoments(["to_char(max(at), 'YYYY-MM-DD')", "to_char(max(plain) - min(plain), 'DD')"]),
    'with an ending behind a name': { refused: pattern, run: one("to_char(date '2020-01-01', 'Monthth')") },
    'with names in the language of the server': { refused: pattern, run: one("to_char(date '2020-01-01', 'TMMonth')") },
  }),
];
