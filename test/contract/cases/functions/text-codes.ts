import { createHash } from 'node:crypto';
import { col, fn, literal, QueryTypes } from 'sequelize';
import { type ContractCase, feature } from '../../contract-case.js';
import { ofAll, ofRows, ofValues, one, samples } from './asking.js';

const chapter = 'Functions';

const codes: readonly ContractCase[] = [
  ...feature(chapter, 'ascii', { 'of literals and columns': ofRows("ascii('A')", "ascii('')", "ascii('é')", "ascii('😀')", 'ascii(s)') }),
  ...feature(chapter, 'chr', {
    'of numbers': ofValues('chr(65)', 'chr(233)', 'chr(128512)', 'chr(NULL)'),
    'of what is no character': ofValues('chr(0)', 'chr(-1)', 'chr(1114112)', 'chr(55296)'),
  }),
  ...feature(chapter, 'to_hex', {
    'of literals and columns': ofRows('to_hex(255)', 'to_hex(-1)', 'to_hex(-1::bigint)', 'to_hex(n)', 'to_hex(b)'),
    'of no integer': ofValues("to_hex('12')", 'to_hex(1.5)'),
  }),
];

const quoted: readonly ContractCase[] = [
  ...feature(chapter, 'format', {
    '%s': ofValues(
      "format('Hello %s', 'World')",
      "format('%s %% %s', 1, NULL)",
      "format('%s %s', true, 1.50)",
      "format('x')",
      'format(NULL)',
    ),
    '%I and %L': ofValues("format('%I %I %I', 'a b', 'abc', 'select')", "format('%L %L %L', 'it''s', NULL, 'a\\b')", "format('%I', NULL)"),
    'places and widths': ofValues("format('%2$s %1$s %s', 'a', 'b')", "format('%5s|%-5s|', 'a', 'b')", "format('%-3L|', 'a')"),
    'of columns': ofRows("format('%s is %L (%I)', s, v, coalesce(c, 'n'))", "format('%s', c)"),
    'wrong texts': ofValues(
      "format('%s')",
      "format('%', 1)",
      "format('%x', 1)",
      "format('%0$s', 1)",
      "format('%3$s', 1)",
      "format('%5%', 1)",
    ),
    'a text that is no literal': { refused: 'format() with a text that is not a literal', run: ofRows('format(v)') },
  }),
  ...feature(chapter, 'quote_ident', {
    'of literals and columns': ofRows(
      "quote_ident('a b')",
      "quote_ident('Abc')",
      "quote_ident('a\"b')",
      "quote_ident('1a')",
      'quote_ident(v)',
    ),
  }),
  ...feature(chapter, 'quote_literal', {
    'of literals': ofValues(
      "quote_literal('it''s')",
      "quote_literal('a\\b')",
      'quote_literal(NULL)',
      'quote_literal(1.5)',
      'quote_literal(true)',
    ),
    'of columns': ofRows('quote_literal(s)', 'quote_literal(n)', 'quote_literal(c)'),
  }),
  ...feature(chapter, 'quote_nullable', {
    'of literals and columns': ofRows('quote_nullable(NULL)', 'quote_nullable(s)', 'quote_nullable(n)'),
  }),
];

const column = 'columns: SQLite has no digests';

const digests: readonly ContractCase[] = [
  ...feature(chapter, 'md5', {
    'of literals': ofValues("md5('a')", "md5('')", 'md5(NULL)', "md5('héllo'::text)", "md5('\\x00'::bytea)", 'md5(5)'),
    'of a parameter': (site) => site.sequelize.query('SELECT md5($1) AS x, md5($2) AS y', { type: QueryTypes.SELECT, bind: ['a', null] }),
    'in where, through fn': async (site) => {
      const model = await samples(site);
      await model.update({ s: createHash('md5').update('key').digest('hex') }, { where: { id: 1 } });
      return model.findAll({ attributes: ['id'], where: { s: fn('md5', 'key') }, raw: true });
    },
    'of a column': { refused: `md5() of ${column}`, run: ofRows('md5(s)') },
  }),
  ...feature(chapter, 'sha256', {
    'of literals': ofValues("sha256('a')", "encode(sha256('abc'), 'hex')", "sha224('a')", "sha384('a')", "sha512('\\x00ff'::bytea)"),
    'of a column': { refused: `sha256() of ${column}`, run: ofRows('sha256(bytes)') },
  }),
  ...feature(chapter, 'encode', {
    hex: ofRows("encode('\\x00ff'::bytea, 'hex')", "encode(bytes, 'hex')", "encode('abc', 'HEX')"),
    'base64 of literals': ofValues("encode('abc', 'base64')", `encode('${'x'.repeat(100)}', 'base64')`, "encode('', 'base64')"),
    'of an unknown format': ofValues("encode('abc', 'hexx')"),
    'base64 of a column': { refused: 'The format base64 of a column', run: ofRows("encode(bytes, 'base64')") },
    escape: { refused: 'The format escape', run: one("encode('\\x0041'::bytea, 'escape')") },
  }),
  ...feature(chapter, 'decode', {
    hex: ofValues("decode('00fF', 'hex')", "decode('00 ff', 'hex')", "decode('', 'hex')", "decode(NULL, 'hex')"),
    'what is no hex': ofValues("decode('0', 'hex')", "decode('zz', 'hex')", "decode('0ég', 'hex')"),
    'hex of a column': ofRows("decode(encode(bytes, 'hex'), 'hex')"),
    'base64 of literals': ofValues("decode('YWJj', 'base64')", "decode('YQ==', 'base64')", "decode('', 'base64')"),
  }),
];

const session: readonly ContractCase[] = [
  ...feature(chapter, 'convert_to', {
    'to UTF8': ofRows("convert_to(s, 'UTF8')", "convert_to('é', 'utf-8')", "sha256(convert_to('é', 'UTF8'))"),
    'to another encoding': { refused: 'another encoding than UTF8', run: one("convert_to('é', 'LATIN1')") },
  }),
  ...feature(chapter, 'pg_typeof', {
    'of literals': ofValues('pg_typeof(1)', "pg_typeof('a')", 'pg_typeof(1.5)', 'pg_typeof(NULL)', 'pg_typeof(ARRAY[1])', 'pg_typeof(-1)'),
    'of columns': ofRows(...['s', 'v', 'c', 'n', 'm', 'f', 'b', 'ok', 'day', 'bytes'].map((column) => `pg_typeof(${column})`)),
    'in an expression': { refused: 'pg_typeof() in a further expression', run: ofRows('pg_typeof(n)::text') },
  }),
  ...feature(chapter, 'current_user, session_user', {
    'are one': ofValues('current_user = session_user', 'current_user = user', 'current_role = current_user', 'current_schema()'),
  }),
  ...feature(chapter, 'current_setting, set_config', {
    'of a setting': {
      refused: 'current_setting (ask with SHOW, or give the value as a parameter)',
      run: one("current_setting('timezone')"),
    },
    'of the program': {
      refused: 'set_config (row policies are not there: the query must leave the rows out)',
      run: one("set_config('app.tenant', '5', false)"),
    },
  }),
];

const random: readonly ContractCase[] = ['gen_random_uuid', 'uuid_generate_v4'].flatMap((name) =>
  feature(chapter, name, {
    'has its version': ofValues(`length(${name}()::text)`, `substr(${name}()::text, 15, 1)`, `${name}() IS NULL`, `${name}(1)`),
    'differs from row to row': ofAll([`count(DISTINCT ${name}())`]),
    'in an update': async (site) => {
      const model = await samples(site);
      await model.update({ s: literal(`${name}()::text`) }, { where: {} });
      return model.findOne({ attributes: [[fn('count', fn('distinct', col('s'))), 'n']], raw: true });
    },
  }),
);

export const codeCases: readonly ContractCase[] = [...codes, ...quoted, ...digests, ...session, ...random];
