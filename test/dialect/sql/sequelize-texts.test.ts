import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { DataTypes, Deferrable, Op, type Options, Sequelize } from 'sequelize';
import type { Literal } from 'sequelize/types/utils';
import { describe, expect, it } from 'vitest';
import { parseStatements } from '../../../src/dialect/sql/parser.js';

const sequelize = new Sequelize('postgres://u@localhost/db', { logging: false, databaseVersion: '15.0.0' } as Options);
// The query generator is no part of Sequelize's public types.
const generator = sequelize.getQueryInterface().queryGenerator as Record<string, (...args: unknown[]) => string | { query: string }>;
const { col, fn, literal, where, cast, json } = Sequelize;

const User = sequelize.define('User', {
  name: { type: DataTypes.STRING(50), allowNull: false, defaultValue: "it's", unique: true, comment: 'a; comment' },
  mood: DataTypes.ENUM('a', "b'c"),
  moods: DataTypes.ARRAY(DataTypes.ENUM('a', 'b')),
  tags: DataTypes.ARRAY(DataTypes.STRING),
  price: DataTypes.DECIMAL(20, 4),
  data: DataTypes.JSONB,
  span: DataTypes.RANGE(DataTypes.DATE),
  place: DataTypes.GEOMETRY('POINT', 4326),
  bytes: DataTypes.BLOB,
});
const Task = sequelize.define('Task', {
  title: DataTypes.TEXT,
  bossId: { type: DataTypes.INTEGER, references: { model: 'Users', key: 'id', deferrable: Deferrable.INITIALLY_DEFERRED() } },
});
User.hasMany(Task);
Task.belongsTo(User);

function generated(method: string, ...args: unknown[]): string {
  const result = generator[method]?.call(generator, ...args) ?? '';
  return typeof result === 'string' ? result : result.query;
}

function kinds(sql: string): string[] {
  return parseStatements(sql).map(({ statement }) => statement.kind);
}

describe('what Sequelize writes is understood', () => {
  it.each([
    ['equality', { name: "it's", price: null }],
    ['lists', { name: ['a', 'b'], id: { [Op.notIn]: [1, 2] } }],
    ['comparisons', { id: { [Op.gt]: 1, [Op.lte]: 2, [Op.ne]: 3, [Op.between]: [1, 2], [Op.notBetween]: [1, 2] } }],
    [
      'patterns',
      { name: { [Op.like]: 'a%', [Op.notILike]: 'b', [Op.startsWith]: 'c', [Op.regexp]: '^a', [Op.iRegexp]: '^b', [Op.notRegexp]: 'c' } },
    ],
    ['patterns of a list', { name: { [Op.like]: { [Op.any]: ['a', 'b'] }, [Op.iLike]: { [Op.all]: ['c'] } } }],
    ['arrays', { tags: { [Op.contains]: ['a'], [Op.overlap]: ['b'], [Op.contained]: ['c'] } }],
    ['any', { id: { [Op.eq]: { [Op.any]: [1, 2] } } }],
    ['any of values', { id: { [Op.any]: { [Op.values]: [1, 2] } } }],
    [
      'ranges',
      {
        span: {
          [Op.contains]: new Date(0),
          [Op.adjacent]: [new Date(0), new Date(1)],
          [Op.strictLeft]: [new Date(0), null],
          [Op.noExtendRight]: [null, new Date(0)],
        },
      },
    ],
    ['json', { data: { a: { b: 1 }, c: 'x', d: null, e: { [Op.gt]: new Date(0) } }, 'data.f': true, 'data.g::integer': 5 }],
    ['nesting', { [Op.or]: [{ id: 1 }, { [Op.not]: { id: [2] } }, { [Op.and]: [{ id: 3 }, literal('1 = 1')] }] }],
    ['functions', where(fn('lower', col('name')), { [Op.ne]: 'x' })],
    ['casts', where(cast(col('price'), 'integer'), '>', 3)],
    ['json functions', where(json('data.a.b') as unknown as Literal, 'x')],
    ['text search', { name: { [Op.match]: fn('to_tsquery', 'x') } }],
    ['columns', { id: { [Op.col]: 'User.price' }, name: { [Op.is]: null, [Op.not]: true } }],
  ])('in WHERE: %s', (_, condition) => {
    expect(kinds(generated('selectQuery', 'Users', { where: condition }, User))).toEqual(['select']);
    expect(kinds(generated('deleteQuery', 'Users', condition, { limit: 5 }, User))).toEqual(['delete']);
  });

  it('in queries', () => {
    const include = [{ association: User.associations['Tasks'], separate: false, required: true }];
    const queries: object[] = [
      {
        attributes: ['id', [fn('COUNT', col('id')), 'n'], [literal('(SELECT 1)'), 'one']],
        group: ['id', 'User.name'],
        having: literal('COUNT(*) > 1'),
      },
      { order: [['name', 'DESC NULLS LAST'], literal('random()'), [fn('max', col('id')), 'ASC']], limit: 10, offset: 5 },
      { lock: { level: 'UPDATE', of: User }, skipLocked: true },
      { lock: 'SHARE', distinct: true },
      { groupedLimit: { limit: 3, on: 'id', values: [1, 2] } },
    ];
    for (const options of queries)
      expect(kinds(generated('selectQuery', 'Users', { tableNames: ['Users'], model: User, ...options }, User))).toEqual(['select']);
    const options = { include, limit: 3, attributes: ['id'], model: User, subQuery: true };
    (User as unknown as { _validateIncludedElements(options: object): void })._validateIncludedElements(options);
    expect(kinds(generated('selectQuery', 'Users', options, User))).toEqual(['select']);
  });

  it('in writes', () => {
    const attributes = User.getAttributes();
    const row = { id: null, name: "it's", tags: ['a'], data: { a: 1 }, span: [new Date(0), null], price: '1.50', bytes: Buffer.from('x') };
    expect(kinds(generated('insertQuery', 'Users', row, attributes, { returning: true }))).toEqual(['insert']);
    expect(kinds(generated('insertQuery', 'Users', {}, attributes, { returning: ['id'] }))).toEqual(['insert']);
    expect(
      kinds(generated('insertQuery', { tableName: 'Users', schema: 's' }, row, attributes, { exception: true, returning: true })),
    ).toEqual(['caught insert']);
    const upsert = { updateOnDuplicate: ['name'], upsertKeys: ['id'], conflictWhere: { price: 1 }, returning: true };
    expect(kinds(generated('insertQuery', 'Users', row, attributes, upsert))).toEqual(['insert']);
    expect(
      kinds(generated('bulkInsertQuery', 'Users', [row, { name: 'b' }], { ignoreDuplicates: true, returning: true }, attributes)),
    ).toEqual(['insert']);
    expect(
      kinds(generated('updateQuery', 'Users', { name: 'x', price: literal('price + 1') }, { id: 1 }, { returning: true }, attributes)),
    ).toEqual(['update']);
    expect(kinds(generated('arithmeticQuery', '+', 'Users', { id: 1 }, { price: -1 }, { name: 'x' }, {}))).toEqual(['update']);
    expect(kinds(generated('truncateTableQuery', 'Users', { cascade: true, restartIdentity: true }))).toEqual(['truncate']);
  });

  it('in definitions', () => {
    for (const model of [User, Task]) {
      const attributes = generator['attributesToSQL']?.(model.getAttributes(), { table: model.tableName }) as unknown as Record<
        string,
        string
      >;
      const sql = generated('createTableQuery', model.tableName, attributes, {
        comment: 'x',
        uniqueKeys: { u: { customIndex: true, fields: ['id', 'createdAt'] } },
      });
      expect(kinds(sql)[0]).toBe('create table');
      expect(
        kinds(sql)
          .slice(1)
          .every((kind) => kind === 'comment'),
      ).toBe(true);
    }
    const enumeration = DataTypes.ENUM('a', "b'c");
    expect(kinds(generated('pgEnum', 'Users', 'mood', enumeration, { force: true }))).toEqual(['drop', 'create type']);
    expect(kinds(generated('pgEnumAdd', 'Users', 'mood', 'd', { after: 'a' }))).toEqual(['alter type']);
    expect(kinds(generated('addColumnQuery', 'Users', 'm', { type: DataTypes.ENUM('x'), allowNull: false, comment: "it's" }))).toEqual([
      'create type',
      'alter table',
      'comment',
    ]);
    expect(kinds(generated('changeColumnQuery', 'Users', { mood: "ENUM('a', 'b') NOT NULL DEFAULT 'a'" }))).toEqual([
      'alter table',
      'alter table',
      'create type',
      'alter table',
    ]);
    expect(kinds(generated('changeColumnQuery', 'Users', { x: 'INTEGER REFERENCES "T" ("id") ON DELETE SET NULL' }))).toEqual([
      'alter table',
    ]);
    expect(kinds(generated('renameColumnQuery', 'Users', 'a', { b: 'INTEGER' }))).toEqual(['alter table']);
    const index = { name: 'i', unique: true, using: 'gin', concurrently: true, operator: 'jsonb_path_ops', where: { id: { [Op.gt]: 1 } } };
    expect(
      kinds(generated('addIndexQuery', 'Users', [{ name: 'a', collate: 'C', order: 'DESC' }, fn('lower', col('b'))], index, 'Users')),
    ).toEqual(['create index']);
    for (const type of ['unique', 'primary key', 'check', 'foreign key']) {
      const options = {
        type,
        fields: ['a', 'b'],
        where: { id: { [Op.gt]: 1 } },
        references: { table: 'T', fields: ['x', 'y'] },
        onDelete: 'cascade',
      };
      expect(kinds(generated('addConstraintQuery', 'Users', options))).toEqual(['alter table']);
    }
  });

  it('in its questions about the schema', () => {
    const texts = [
      generated('showSchemasQuery'),
      generated('showTablesQuery'),
      generated('describeTableQuery', 'Users', 'public'),
      generated('showConstraintsQuery', 'Users'),
      generated('tableExistsQuery', 'Users'),
      generated('showIndexesQuery', { tableName: 'Users', schema: 's' }),
      generated('pgListEnums', 'Users', 'mood'),
      generated('getForeignKeysQuery', 'Users'),
      generated('getForeignKeyReferencesQuery', 'Users', 'db', 's'),
      generated('getForeignKeyReferenceQuery', 'Users', 'id'),
    ];
    for (const sql of texts) expect(kinds(sql), sql).toEqual(['select']);
    expect(kinds(generated('versionQuery'))).toEqual(['show']);
  });

  it('in the texts that its connection manager and its QueryTypes send', () => {
    const file = createRequire(import.meta.url).resolve('sequelize/lib/dialects/postgres/connection-manager');
    const source = readFileSync(file, 'utf8');
    const ranges = /query\("(WITH ranges[^"]+)"\)/.exec(source)?.[1] ?? '';
    expect(kinds(ranges)).toEqual(['select']);
    expect(
      kinds("SET standard_conforming_strings=on;SET client_min_messages TO warning;SET TIME ZONE INTERVAL '+00:00' HOUR TO MINUTE;"),
    ).toEqual(['set', 'set', 'set']);
  });
});
