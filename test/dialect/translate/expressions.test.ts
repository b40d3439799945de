import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.js';
import { ExpressionEngines } from './expression-engines.js';

let server: PostgresServer;
let engines: ExpressionEngines;

beforeAll(async () => {
  server = await startPostgres({ settings: { timezone: 'UTC' } });
  await server.query('CREATE EXTENSION citext');
  engines = await ExpressionEngines.connect(server.url);
  await engines.prepare("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')");
});

afterAll(async () => {
  await engines.close();
  await server.dispose();
});

async function expectSame(text: string, values: readonly unknown[] = []): Promise<void> {
  expect(await engines.fallback(text, values)).toEqual(await engines.postgres(text, values));
}

// prettier-ignore
const operators: readonly [string, unknown[]?][] = [
  ['select 1'],
  ["select 'a'"],
  ['select 1=1'],
  ["select 1='1'"],
  ["select 'a'='b'"],
  ["select 'a'<'b'"],
  ["select 1 = 'a'::text"],
  ['select null'],
  ['select true'],
  ['select not true'],
  ['select not 1'],
  ['select 1 and true'],
  ['select null and false'],
  ['select null or true'],
  ['select null is null'],
  ['select 1 is not null'],
  ['select true is true, null is true, null::bool is unknown, false is not false'],
  ['select 1 is true'],
  ["select 1 in (1,2,3), 1 in (2,null), 1 not in (2,3), 1 not in (2,null), 1 in ('1')"],
  ["select 1 in ('a')"],
  ["select 'a' in ('a','b')"],
  ['select 1 between 0 and 2, 1 not between 0 and 2, 5 between symmetric 10 and 1'],
  ['select (1,2)=(1,2), (1,2)<>(1,3), (1,2)<(1,3), (1,null)=(1,2), (1,null)=(2,2), (1,2)<=(1,2)'],
  ['select (1,2)=(1,2,3)'],
  ['select (1,2)=3'],
  ['select (1,2) in ((1,2),(3,4))'],
  ['select (1,2) in (select 1,2)'],
  ['select 1 in (select 1 union select 2), 3 not in (select 1)'],
  ['select 1 in (select 1,2)'],
  ['select exists(select 1), not exists (select 1 where false)'],
  ["select (select 1), (select 'a')"],
  ['select (select 1,2)'],
  ['select (select a from (values (1),(2)) t(a))'],
  ['select (select a from (values (1),(2)) t(a) order by a limit 1)'],
  ["select case when true then 1 else 2 end, case 1 when 1 then 'a' end"],
  ['select case when 1 then 2 end'],
  ["select case when true then 1 else 'a'::text end"],
  ['select case when false then 1 end'],
  ["select 'a'||'b', 'a'||1, 1||'a', 'a'||null, 'a'||true, null||null"],
  ['select 1||1'],
  ["select coalesce(null, 1), coalesce(null,'a'), coalesce(null,null)"],
  ["select coalesce(1,'a'::text)"],
  ["select nullif(1,1), nullif(1,2), nullif('a','b')"],
  ["select greatest(1,2,null), least(3,null,1,2), greatest('a','b'), greatest(null,null)"],
  ["select foo(1,'a')"],
  ["select -5, -1.5, +3, - -2, -'5'"],
  ['select -a from (values (1),(2)) t(a)'],
  ["select -'a'::text"],
  ['select \'a\' collate "C"'],
  ["select 'a' is distinct from null, null is distinct from null, 1 is not distinct from 1, 1 is distinct from 2"],
  ["select 'a'::text is distinct from 1"],
  ["select $1 = 'a'", ['a']],
  ['select 1 = $1', [1]],
  ["select $1::int = 1, $2::text || 'x'", ['1', 'b']],
  ['select 9223372036854775807, 2147483648, 12345678901234567890'],
  ['select 2147483648 = 1, 9223372036854775807 = 9223372036854775807'],
  ['select -9223372036854775808, -2147483648'],
  ['select "a" from (select 1 as "a") t where a in (1,2) and a > 0 or a is null'],
  ["select (1,'a') = (select 1, 'a'), (1,2) < (select 1, 3), (1,2) = (select 1,2 where false)"],
  ['select (1,2) = (select 1,2 union all select 3,4)'],
  ["select '\\x01'::bytea || '\\x0002', '\\x01'::bytea || null, 'a' || '\\x01'::bytea"],
  ['select 1.5 + 1, 1 / 2, 5 % 3, 2 ^ 3, 1.10 * 2, 10 / 4.0'],
  ['select case when true then null else null end'],
  ["select row(1,2) = row(1,2), row(1,'a') < row(1,'b')"],
  ["select 'abc'::varchar(5) = 'abc'::char(5), 'abc  ' = 'abc'::char(5), 'abc'::char(5) = 'abc'::char(7)"],
  ["select 'a'::char(3) || 'b', 'a'::char(3) = 'a  '::text"],
  ["select 'abc' = $1::varchar, $2 in ('a', 'b'), coalesce($3, 'x')", ['abc', 'a', null]],
  ["select $1 || 'x', $1 = $1", ['a']],
  ['select $1 is null, $2 is not null', [null, 'x']],
  ['select $1 + 1', [2]],
  ['select $1::int[]', [[1, 2]]],
  ["select 5 = '5', '5' = 5, 5 = '5.5'"],
  ["select 1.5 = '1.50', 1 = 1.0, 1.0 = 1.00, 1.5 > 1, 1 in (1.0, 2), 1.5 in ('1.5')"],
  ["select 0.1::float8 = 0.1, 0.1::real = 0.1, 0.1::real = 0.1::real, '0.1'::real = '0.1'"],
  ['select 2147483648 > 1, 9223372036854775807 > 1::int8'],
  ["select true = 't', true > false, true in ('f'), false = any('{t,f}')"],
  ["select 'a' between 'A' and 'b', 'a' < 'B'"],
  [
    "select 'sad'::mood < 'happy', 'sad' = 'sad'::mood, 'sad'::mood in ('ok','sad'), 'ok'::mood between 'sad' and 'happy', 'ok'::mood = any('{ok,sad}')",
  ],
  ["select 'sad'::mood = 'sad'::text"],
  ["select 'sad'::mood = any(array['sad'])"],
  ["select 'sad'::mood = any(array['sad']::mood[])"],
  [
    "select '2020-01-01'::date = '2020-01-01'::timestamp, '2020-01-01'::date < '2020-01-01 00:00:01+00'::timestamptz, '10:00'::time < '11:00'",
  ],
  ['select \'{"a":1}\'::jsonb = \'{"a": 1}\', \'{"a":1}\'::json = \'{"a":1}\''],
  ['select \'{"a":1}\'::json is null, \'{"a":1}\'::json::text = \'{"a":1}\''],
  ["select array[1,2] = '{1,2}', array[1,2] < array[1,3], array['a'] || 'b'::text, array[1] || 2, 1 || array[2]"],
  ["select array[1,2] = array['a']"],
  ["select nosuch('a')"],
  ["select 1 < 'abc'::text"],
  ['select true + 1'],
  ['select 5 collate "C"'],
  ['select (select 1 where false) is null, (values (1))'],
  ["select -'5'::int, -1.5::float8, -(1.5), -0.0"],
  ['select !true'],
  ['select 1 is null is not true'],
  ['select ((1)), (((1 = 1)))'],
  ['select default'],
  ['select (1).a'],
  ["select array[1,2,3][2], (array[1,2,3])[2:3], ('{a,b}'::text[])[1]"],
];

describe('operators and predicates answer as PostgreSQL', () => {
  test.each(operators)('%s', expectSame);
});

// prettier-ignore
const patterns: readonly [string, unknown[]?][] = [
  [
    "select 'abc' like 'a%', 'abc' like 'A%', 'a_c' like 'a\\_c', 'abc' like 'a\\_c', 'a*c' like 'a*c', 'abc' like 'a*c', 'a[c' like 'a[c', 'a?c' like 'a?c', 'abc' like '_b_'",
  ],
  ["select 'abc' like null, null like 'a'"],
  ["select 'abc' ilike 'A%', 'abc' not ilike 'A%', 'abc' not like 'b%'"],
  ["select 'a%c' like 'a!%c' escape '!', 'a\\c' like 'a\\c' escape '', 'abc' like 'a!%c' escape '!'"],
  ["select 'abc' like 'a' || '%', 'abc' ilike 'A' || '%'"],
  ["select 1 like 'a'"],
  ["select 'a' like 1"],
  [
    "select 'abc' ~ '^a', 'abc' ~ 'b', 'abc' ~ '^b', 'abc' ~* 'B', 'abc' !~ 'x', 'a1c' ~ 'a[0-9]c', 'abc' ~ 'a.c', 'a.c' ~ 'a\\.c', 'abc' ~ 'a\\.c', 'abc' ~ '^(abc|def)$', 'color' ~ '^colou?r$', 'abcd' ~ 'a.*d', 'x' ~ '^\\d{4}-\\d{2}$','2020-01' ~ '^\\d{4}-\\d{2}$', 'ad' ~ '^a.+d$'",
  ],
  ["select 'abc' like $1, 'abc' ilike $2, 'abc' ~ $3", ['a%', 'A%', '^A']],
  ["select 'abc' ~ $1, 'abc' ~* $2, null ~ $1", ['^a', '^AB']],
  ["select starts_with('abc','ab'), 'abc' ^@ 'b', starts_with('a*c','a*')"],
  ["select 'a' = 'A'::citext, 'A'::citext = 'a', 'A'::citext like 'a', 'A'::citext <> 'a'::text"],
  ["select 'sad'::mood::text like 's%', ('sad'::mood)::text || 'x'"],
  ["select 'a' ~~ 'a%', 'a' !~~ 'b', 'A' ~~* 'a', 'a' ^@ 'a'"],
  ["select 'abc' like 'ab\\'"],
  ["select 'abc' like 'a' escape 'ab'"],
  ["select 'x' like 'X' collate \"C\""],
  ["select 'a' like all(array['a%', '_']), 'b' not like any(array['a%', '_'])"],
];

describe('LIKE and regular expressions answer as PostgreSQL', () => {
  test.each(patterns)('%s', expectSame);
});

// prettier-ignore
const functions: readonly [string, unknown[]?][] = [
  ["select lower('ABC'), upper('abc'), initcap('hello wORLD foo_bar'), length('héllo'), char_length('abc'), octet_length('é')"],
  ["select trim('  a '), ltrim('xxa','x'), rtrim('axx','x'), btrim('xyaxy','xy'), trim(both 'x' from 'xax')"],
  [
    "select substr('abcdef',2), substr('abcdef',-1,3), substring('abcdef' from 2 for 3), substr('abc',0,2), substr('abc',5), substring('abc',2,0)",
  ],
  ["select substr('abc',1,-1)"],
  [
    "select left('abcde',2), left('abcde',-2), left('abcde',0), right('abcde',2), right('abcde',-2), right('abcde',0), left('abc',10), right('abc',10), right('abc',-5)",
  ],
  [
    "select replace('abcabc','b','xx'), position('b' in 'abc'), strpos('abc','z'), reverse('abc'), repeat('ab',3), repeat('ab',-1), repeat('ab',0)",
  ],
  ["select lpad('hi',5), lpad('hi',5,'xy'), rpad('hi',5,'xy'), lpad('hello',2), rpad('hello',2), lpad('hi',-1), lpad('hi',5,'')"],
  [
    "select split_part('a,b,c',',',1), split_part('a,b,c',',',2), split_part('a,b,c',',',5), split_part('a,b,c',',',-1), split_part('abc','',1), split_part('aaa','aa',1), split_part('aaa','aa',2)",
  ],
  ["select split_part('a','b',0)"],
  [
    "select translate('12345','143','ax'), overlay('Txxxxas' placing 'hom' from 2 for 4), overlay('abc' placing 'X' from 2), ascii('a'), ascii(''), ascii('é'), chr(65), chr(8364), to_hex(255), to_hex(-1), to_hex(-1::int8)",
  ],
  ['select chr(0)'],
  ["select concat('a',1,null,true,2), concat_ws(',','a',null,'b',1), concat_ws(null,'a')"],
  ["select format('%s-%s %%', 'a', 1), format('x')"],
  ['select concat()'],
  ['select lower(1)'],
  ['select upper(null)'],
  ["select foo.lower('A'), 1"],
  ['select round(2.555, 2), abs(-3), ceil(1.2), floor(-1.2), mod(5,3), power(2,3), sqrt(16)'],
  ["select '\\x01'::bytea = '\\x01', '\\x01'::bytea || '\\x02', substr('\\x010203'::bytea, 2)"],
  ["select \"lower\"('A'), pg_catalog.lower('A')"],
  ["select foo.lower('A')"],
  ['select length(5)'],
  ["select strpos('abc', 5)"],
  ["select left('abc', 2::int8)"],
  [
    "select overlay('abcdef' placing 'X' from 2 for 3), btrim('  a  '), trim(leading from ' a '), substring('hello' for 2), substring('hello' from 2)",
  ],
];

describe('functions answer as PostgreSQL', () => {
  test.each(functions)('%s', expectSame);
});

// prettier-ignore
const aggregates: readonly [string, unknown[]?][] = [
  ['select count(*) from (values (1),(2)) t(a)'],
  ['select count(a), count(distinct a), sum(a), min(a), max(a), avg(a) from (values (1),(2),(2),(null)) t(a)'],
  ['select sum(a), avg(a) from (values (1::int8),(2)) t(a)'],
  ['select sum(a), avg(a), min(a) from (values (1.5::float8),(2)) t(a)'],
  ["select string_agg(a, ',' order by a desc), string_agg(distinct a, ';') from (values ('a'),('b'),(null),('a')) t(a)"],
  ['select bool_and(a), bool_or(a), every(a) from (values (true),(false),(null)) t(a)'],
  ['select max(true)'],
  ["select sum('a'::text)"],
  ['select count(*) filter (where a > 1), sum(a) filter (where a > 1) from (values (1),(2),(3)) t(a)'],
  [
    'select a, row_number() over (order by a desc), rank() over (order by a), lag(a) over (order by a), lead(a,1,0) over (order by a), sum(a) over (order by a), first_value(a) over (order by a), ntile(2) over (order by a), count(*) over () from (values (1),(2),(null),(3)) t(a) order by a',
  ],
  ['select avg(a) from (values (0),(0),(1)) t(a)'],
  ['select avg(a) from (values (100000),(1),(2)) t(a)'],
  ['select avg(a) from (values (1),(2)) t(a)'],
  ['select avg(a) from (values (0),(0),(1)) t(a)'],
  ['select avg(a) from (values (0)) t(a)'],
  ['select avg(a) from (values (-1),(-2),(-2)) t(a)'],
  ['select avg(a) from (values (100000),(1),(2)) t(a)'],
  ['select avg(a) from (values (123456789012),(1),(2)) t(a)'],
  ["select avg(a::numeric(10,2)) from (values ('0.01'),('0.02'),('0.02')) t(a)"],
  ["select avg(a::numeric(10,4)) from (values ('0.0001'),('0'),('0')) t(a)"],
  ["select avg(a::numeric(10,4)) from (values ('0.0001'),('-0.0002'),('0')) t(a)"],
  ["select avg(a::numeric(10,2)) from (values ('10.55'),('20.15'),('0.01')) t(a)"],
  ["select avg(a::numeric(18,10)) from (values ('10.5500000001'),('20.15'),('0.01')) t(a)"],
  ["select avg(a::numeric(10,2)) from (values ('NaN'),('20.15')) t(a)"],
  ['select avg(a) from (values (null::int)) t(a)'],
  ['select avg(a) filter (where a > 1), avg(distinct a) from (values (1),(2),(2),(5)) t(a)'],
  ['select avg(a) over (order by a) from (values (1),(2),(2),(5)) t(a)'],
  ["select avg(a) > 2, avg(a) = 2.5, avg(a) < '3' from (values (1),(2),(2),(5)) t(a)"],
  ["select b from (values (1,'x'),(2,'y'),(2,'x'),(7,'y')) t(a,b) group by b having avg(a) > 2 order by avg(a) desc"],
  ['select avg(a)::numeric(10,2), avg(a)::int, avg(a)::float8, avg(a)::text from (values (1),(2),(2),(5)) t(a)'],
  ['select coalesce(avg(a), 0) from (values (1),(2),(2),(5)) t(a)'],
  ['select max(v) from (select avg(a) v from (values (1),(2),(2),(5)) t(a)) s'],
  ['select sum(*)'],
  ['select row_number()'],
];

describe('aggregates and windows answer as PostgreSQL', () => {
  test.each(aggregates)('%s', expectSame);
});
