import { cast, col, fn, json, literal, Op, where as comparing, type WhereOptions } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { documents, finding, where } from './json-samples.js';

const chapter = 'Operators';

const nested = (condition: unknown): WhereOptions => ({ meta: { b: { w: condition } } });

/** Numbers within JSON by each comparison: strings of digits are numbers here, too. */
const compared = Object.fromEntries(
  (['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const).map((name) => [
    `${name} a number, a boolean, a text`,
    where(
      nested({ [Op[name]]: 9.5 }),
      nested({ [Op[name]]: 1e21 }),
      { meta: { b: { on: { [Op[name]]: true } } } },
      nested({ [Op[name]]: '7' }),
    ),
  ]),
);

const ordered = (...order: readonly unknown[]): ContractCase['run'] => finding({ attributes: ['id'], order: [...order, 'id'] as never });

const grouped = (key: unknown): ContractCase['run'] =>
  finding({
    attributes: [
      [key as never, 'key'],
      [fn('count', '*'), 'n'],
    ],
    group: [key as never],
    order: [[key as never, 'ASC']],
  }); // prettier-ignore

export const jsonPathCases: readonly ContractCase[] = [
  ...feature(chapter, 'JSON paths in where', {
    ...compared,
    'a key with dots between': where({ 'meta.b.w': { [Op.gt]: 8 } }, { 'meta.name': 'Ann' }),
    'a number with seventeen digits': where(nested(0.30000000000000004), nested({ [Op.between]: [0.3, 0.3000000000000001] })),
    pi: where({ 'meta.f': { [Op.like]: '3.14%' } }),
    'a list of numbers': where(nested({ [Op.in]: [10, 9.5] }), nested({ [Op.notIn]: [10] })),
    between: where(nested({ [Op.between]: [7, 11] }), nested({ [Op.notBetween]: [7, 11] })),
    'two comparisons': where(nested({ [Op.gt]: 1, [Op.lt]: 100 })),
    'two keys': where({ meta: { a: '1', b: { w: -3 } } }),
    'null and what is missing': where(
      { meta: { e: null } },
      { meta: { name: null } },
      { meta: { name: { [Op.ne]: null } } },
      { 'meta.b.on': { [Op.is]: null } },
    ),
    booleans: where({ 'meta.b.on': true }, { 'meta.b.on': { [Op.is]: false } }, { 'meta.b.on': { [Op.not]: true } }),
    dates: where({ 'meta.b.at': { [Op.gt]: new Date('2020-06-01') } }, { 'meta.b.at': new Date('2020-01-02T03:04:05.678Z') }),
    'a date as a text': where({ 'meta.b.at': '2021-01-02T03:04:05Z' }),
    'texts by patterns': where(
      { 'meta.name': { [Op.like]: 'A%' } },
      { 'meta.name': { [Op.iLike]: 'a%' } },
      { 'meta.name': { [Op.startsWith]: "O'" } },
      { 'meta.name': { [Op.substring]: '%_' } },
      { 'meta.name': { [Op.regexp]: '^A' } },
    ),
    'a list of texts': where({ 'meta.name': ['Ann', 'Bob'] }, { 'meta.name': { [Op.or]: ['Ann', "O'Neil é%_"] } }),
    'elements by index': where({ 'meta.tags[0]': 'a' }, { 'meta.tags.1': 'b' }, { meta: { tags: { 0: 'a' } } }, { 'meta.objs[1].n': 2 }),
    'an array as a value': where({ meta: { tags: { [Op.contains]: ['a'] } } }),
    'contains within a document': where({ meta: { tags: { [Op.contains]: '"a"' } } }),
    'a nested object': where({ meta: { b: {} } }, { meta: {} }),
    'keys with blanks and dots': where({ meta: { 'sp ace': { 'in ner': 6 } } }, { meta: { 'x.y': 3 } }),
    'keys with quotes': where({ meta: { "it's": 7 } }),
    'a key with a double quote': where({ meta: { 'q"u': 1 } }),
    'a key with braces': where({ meta: { 'a}b': 1 } }),
    'a key with a backslash': where({ meta: { 'back\\': 2 } }),
    'a key with a comma': where({ meta: { 'a,b': 1 } }),
    'keys outside ASCII': where({ meta: { é: 'ü' } }, { meta: { '😀': { 'é[0]': 1 } } }),
    'a cast to integer': where({ 'meta.a::integer': { [Op.gt]: 1 } }),
    'a cast to numeric': where({ 'meta.b.w::numeric': { [Op.gt]: 9.5 } }, { 'meta.b.big::numeric': { [Op.gt]: '12345678901234567889' } }),
    'a cast to text': where({ 'meta.b.w::text': '7' }),
    'a cast to a time': where(
      { 'meta.b.at::timestamptz': { [Op.gt]: '2020-06-01' } },
      { 'meta.b.at::timestamp': { [Op.lt]: '2020-06-01' } },
    ),
    'a cast to a date': where({ 'meta.b.at::date': '2020-01-02' }),
    'a cast to boolean': where({ 'meta.b.on::boolean': true }),
    'with dollars': where({ '$documents.meta$': { [Op.contains]: { name: 'Ann' } } }),
    'json()': where(
      json('meta.name', 'Ann'),
      json({ meta: { name: 'Ann' } }),
      json("meta->>'name'", 'Ann'),
      json({ meta: { b: { w: 10 } } }),
    ),
    'where() of json()': where(
      comparing(json('meta.b.w') as never, '7'),
      comparing(cast(json('meta.b.w'), 'double precision'), { [Op.gt]: 9 }),
    ),
    'where() of functions': where(
      comparing(fn('jsonb_typeof', col('meta')), 'object'),
      comparing(fn('jsonb_array_length', json("meta->'tags'")), 2),
      comparing(literal("meta->>'name'"), { [Op.like]: 'A%' }),
    ),
    'any of patterns': where({ 'meta.name': { [Op.like]: { [Op.any]: ['A%', 'O%'] } } }),
    'a column beside': where({ 'meta.b.w::numeric': { [Op.gt]: col('n') } }),
    not: where({ [Op.not]: { 'meta.name': 'Ann' } }, { [Op.or]: [{ 'meta.name': 'Ann' }, nested(7)] }),
    JSON: where({ raw: { b: { w: 10 } } }, { 'raw.tags[1]': 'b' }, { 'raw.name': { [Op.iLike]: 'ann' } }, { 'raw.b.on': true }),
  }),
  ...feature(chapter, 'JSON values that are not of the type', {
    'a text as a number': where({ 'meta.name': { [Op.gt]: 1 } }),
    'an object as a number': where({ 'meta.b': 1 }),
    'a number as a boolean': where({ 'meta.h': true }),
    'a text as an integer': where({ 'meta.name::integer': 1 }),
    'a decimal as an integer': where({ 'meta.b.w::integer': 1 }),
    'a text as a time': where({ 'meta.name': { [Op.gt]: new Date('2020-01-01') } }),
    'a number as a time': where({ 'meta.a': { [Op.lt]: new Date('2020-01-01') } }),
    'too large for bigint': where({ 'meta.b.big::bigint': 1 }),
    'an unknown type': where({ 'meta.a::nope': 1 }),
  }),
  ...feature(chapter, 'JSON paths in order, attributes and group', {
    'order by a path': ordered('meta.name'),
    'order by a path, descending': ordered(['meta.b.w', 'DESC']),
    'order by an element': ordered('meta.tags[0]'),
    'order by json()': ordered([json('meta.name'), 'DESC NULLS LAST']),
    'order by JSONB': ordered(literal("meta->'b'->'w' DESC NULLS LAST")),
    'order by a part': ordered(literal("meta->'a'")),
    'order by a number': ordered([literal("(meta->>'h')::numeric"), 'DESC NULLS LAST']),
    'attributes by json()': finding({
      attributes: ['id', [json('meta.name') as never, 'name'], [json('meta.b') as never, 'b'], [json("meta->'tags'") as never, 'tags']],
      order: ['id'],
    }),
    'attributes by paths': finding({ attributes: ['id', [literal(`"meta"#>>'{b,c,0}'`), 'c']], order: ['id'] }),
    'functions of parts': finding({
      attributes: {
        exclude: ['raw'],
        include: [
          [fn('jsonb_typeof', json("meta->'a'")), 'type'],
          [literal("meta->'b'->>'w'"), 'w'],
        ],
      },
      order: ['id'],
    }),
    'casts of parts': finding({ attributes: ['id', [fn('coalesce', cast(json('meta.b.w'), 'double precision')), 'w']], order: ['id'] }),
    'group by a path': grouped(json('meta.name')),
    'group by a part': grouped(literal("meta->'b'->'on'")),
    'group by JSONB': grouped(col('meta')),
    'sums of numbers': finding({
      attributes: [
        [fn('sum', cast(json('meta.b.w'), 'double precision')), 'sum'],
        [fn('max', literal("(meta->'b'->>'w')::float8")), 'max'],
        [fn('sum', literal("(meta->'b'->>'w')::numeric")), 'exact'],
      ],
      where: { id: [1, 10, 13, 14] },
    }),
    counted: async (site) => {
      const model = await documents(site);
      return [await model.count({ where: nested({ [Op.gte]: 7 }) }), await model.count({ col: 'meta', distinct: true })];
    },
    written: async (site) => {
      const model = await documents(site);
      const row = await model.create({ meta: { a: 1 } });
      await row.update({ 'meta.a': 2, n: 1 });
      row.set('meta.b.c' as never, 5 as never);
      await row.save();
      await model.update({ meta: fn('jsonb_set', col('meta'), '{a}', '9') }, { where: { id: row['id'] as number } });
      await model.update({ meta: literal(`meta || '{"q": [1]}'::jsonb`) }, { where: { meta: { a: 9 } } });
      return await row.reload();
    },
  }),
];
