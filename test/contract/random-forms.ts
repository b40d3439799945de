import fc from 'fast-check';
import { literal, Op } from 'sequelize';
import type { Any } from './random-columns.js';

/** Texts that PostgreSQL reads, or refuses to, as a value of the column's type. */
interface Forms {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly texts: readonly string[];
  /** Operators beside the comparisons. */
  readonly operators?: readonly symbol[];
}

const SETS = [Op.contains, Op.contained, Op.overlap] as const;
const FORMS: readonly Forms[] = [
  {
    columns: ['small', 'int', 'big'],
    types: ['smallint', 'integer', 'bigint'],
    texts: [' 5 ', '+1', '-0', '5.0', '1e1', '0x10', '0b101', '0o17', '1_000', '', ' ', '10a', '2147483648', '9223372036854775808', '--1'],
  },
  {
    columns: ['real', 'dbl', 'price', 'dec'],
    types: ['real', 'float8', 'numeric(10, 2)', 'numeric', 'numeric(3, -1)'],
    texts: [
      ' 5 ',
      '+1.5',

      '1e1',
      '1E-2',
      '.5',
      '5.',
      'infinity',
      '-Infinity',
      'inf',
      'nan',
      'NaN',
      '1e400',
      '',
      '1,5',
      '1.005',
      '0x1F',
      '1_0.5',
      '00.10',
    ],
  },
  { columns: ['bool'], types: ['boolean'], texts: ['t', 'yes', 'on', '1', '0', 'off', 'TRUE ', ' f', 'tr', 'o', 'of', '', 'y', 'nO', '2'] },
  {
    columns: ['born'],
    types: ['timestamptz', 'timestamp', 'timestamptz(0)'],
    texts: [
      'infinity',
      '-infinity',
      '2020-02-29',
      '2020-02-29T12:34:56.789Z',
      '2020-02-29 12:34:56.789+02',
      '2020-02-30',
      '20200229',
      '2020-02-29 24:00',
      '2020-02-29 12:34:60Z',
      '',
      'epoch',
      '2020-02-29 12:34:56.7894999+05:30',
      '0001-01-01 00:00:00Z',
      '2020-2-9',
      '2020-02-29 12:00 PM',
      '2020-02-29 25:00',
    ],
  },
  {
    columns: ['day'],
    types: ['date'],
    texts: [
      'infinity',
      '2020-02-29',
      '2020-02-30',
      '20240101',
      '2024-1-1',
      '2024-01-01 10:00',
      '',
      '2024-13-01',
      '0001-01-01',
      '10000-01-01',
      '2024-001',
    ],
  },
  {
    columns: ['time'],
    types: ['time', 'time(0)'],
    texts: ['24:00', '12:34', '1:2:3', '12:34:56.789', '12:34 PM', '25:00', '12:60', '12:34:60', '', '123456', '12:34:56.9999999'],
  },
  {
    columns: ['uuid'],
    types: ['uuid'],
    texts: [
      '{6ecd8c99-4036-403d-bf84-cf8400f67836}',
      '6ecd8c994036403dbf84cf8400f67836',
      '6ECD8C99-4036-403D-BF84-CF8400F67836',
      '6ecd8c99-4036',
      '',
      '6ecd-8c99-4036-403d-bf84-cf84-00f6-7836',
      ' 6ecd8c99-4036-403d-bf84-cf8400f67836',
    ],
  },
  { columns: ['mood'], types: [], texts: ['sad', 'SAD', ' sad', '', "it's"] },
  {
    columns: ['ip', 'net'],
    types: ['inet', 'cidr'],
    texts: ['10.0.0.0/8', '10/8', '10.0.0.1/33', '10.0.0.1', '::1/64', '::ffff:10.0.0.1', '', '010.0.0.1', '2001:DB8::/32', '10.0.0.1/8'],
  },
  {
    columns: ['mac'],
    types: ['macaddr'],
    texts: ['08002b010203', '0800.2b01.0203', '08:00:2B:01:02:03', '0800-2b01-0203', '08:00:2b:01:02', '8:0:2b:1:2:3', '2147483648', ''],
  },
  { columns: ['blob'], types: ['bytea'], texts: ['\\x00', '\\x', '\\xZZ', 'a', '\\000', '\\x0', 'a\\\\', ''] },
  {
    columns: ['ints', 'bigs', 'decs', 'prices'],
    types: ['int[]', 'bigint[]', 'numeric[]'],
    operators: SETS,
    texts: ['{}', '{1,2}', '{ 1 , NULL }', '{1,"2"}', '{{1},{2}}', '{{1},{2,3}}', '[0:1]={1,2}', '{1,}', '{1', '1', '{1.5}', '', '{NaN}'],
  },
  {
    columns: ['tags', 'names'],
    types: ['text[]', 'varchar(2)[]'],
    operators: SETS,
    texts: [
      '{}',
      '{a,b}',
      '{ a , "b " }',
      '{"NULL",NULL}',
      '{null}',
      '{"a\\"b","c\\\\d"}',
      '{a b}',
      '{"",a}',
      '{a,,b}',
      '{"a"b}',
      '{{a},{b}}',
      'a',
    ],
  },
  { columns: ['flags'], types: ['bool[]'], operators: SETS, texts: ['{t,f}', '{yes,NULL}', '{2}'] },
  {
    columns: ['span', 'wide'],
    types: ['int4range', 'int8range'],
    operators: [...SETS, Op.adjacent, Op.strictLeft, Op.noExtendRight],
    texts: [
      '[1,5)',
      '(1,5]',
      '(,)',
      '[,5]',
      'empty',
      ' [1 , 5) ',
      '[5,1]',
      '[1,1)',
      '(1,2)',
      '[1,5',
      '',
      '[1,2147483647]',
      '["1","5")',
      'EMPTY',
      '[1,2,3]',
      '(1,1)',
    ],
  },
  {
    columns: ['worth'],
    types: ['numrange'],
    operators: SETS,
    texts: ['[1.50,5)', '(1.5,1.5]', '[-Infinity,1]', '[1,NaN]', '[0.1,0.10]', '(1.0,2.0)'],
  },
  {
    columns: ['stay', 'week'],
    types: ['tstzrange', 'daterange'],
    operators: SETS,
    texts: [
      '[2020-02-29,2024-01-01)',
      '(2020-02-29,2020-03-01]',
      '[,infinity)',
      '["2020-02-29 00:00",)',
      '[2020-02-28,2020-02-29]',
      '(2020-02-28,2020-02-29)',
    ],
  },
  {
    columns: ['data', 'doc'],
    types: ['jsonb', 'json'],
    operators: [Op.contains, Op.contained],
    texts: [
      ' { "a" : 1 } ',
      '{"a":1,"a":2}',
      '1.0',
      '1e2',
      '-0',
      '"\\u0041"',
      '"\\u0000"',
      '[1,]',
      '',
      '{a:1}',
      'NaN',
      '[1.10, 1]',
      '"a\nb"',
      '{"b":1,"aa":2,"a":{}}',
      'tru',
      '[[1],[]]',
      '01',
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '1E400',
    ],
  },
  {
    columns: ['store'],
    types: ['hstore'],
    operators: [Op.contains, Op.contained],
    texts: ['a=>1', '"a"=>NULL', 'a=>1, b => "x y"', 'a', '', 'a=>1,a=>2', 'a=>null', '=>1', 'a=>"'],
  },
  {
    columns: ['fixed', 'cit', 'str'],
    types: ['char(2)', 'citext', 'varchar(2)', 'name', 'text'],
    texts: ['a', 'a  ', 'A', 'abc', 'a b', '', ' ', 'é'],
  },
];

const COMPARISONS = [Op.eq, Op.ne, Op.gt, Op.lte] as const;
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A column and a text. */
export const formCondition: Any = fc
  .constantFrom(...FORMS)
  .chain(({ columns, texts, operators = [] }) =>
    fc
      .tuple(fc.constantFrom(...columns), fc.constantFrom(...COMPARISONS, ...operators), fc.constantFrom(...texts))
      .map(([column, operator, text]) => ({ [column]: { [operator]: literal(quoted(text)) } })),
  );

/** A text as a type, for the result. */
export const formValue: Any = fc
  .constantFrom(...FORMS.filter(({ types }) => types.length > 0))
  .chain(({ types, texts }) =>
    fc.tuple(fc.constantFrom(...types), fc.constantFrom(...texts)).map(([type, text]) => [literal(`${quoted(text)}::${type}`), 'value']),
  );
