import { DataTypes, Op, QueryTypes, type WhereOptions } from 'sequelize';
import type { ContractCase, Row, Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import type { ModelStatic } from 'sequelize';

/** Texts that a careless translation of patterns gets wrong, each in columns of several types. */
const TEXTS: readonly (string | null)[] = [
  'abc',
  'ABC',
  'a%c',
  'a_c',
  'a\\c',
  "it's",
  'say "hi"',
  '',
  'äöü',
  'ÄÖÜ',
  'a\nc',
  '😀',
  'a[b]*?',
  null,
  'a c',
  '50%',
  'c:\\dir\\',
  'aXbc',
];

const PATTERNS = ['abc', 'a%', '%\\', '', null, 'a\\%c', 'A_C'];

/** A table with the texts; `other` has patterns and parts of texts. */
export async function notes(site: Site): Promise<ModelStatic<Row>> {
  const model = await site.model('notes', {
    id,
    s: DataTypes.STRING(40),
    t: DataTypes.TEXT,
    c: DataTypes.CHAR(6),
    ci: DataTypes.CITEXT,
    e: DataTypes.ENUM('abc', 'ABC', 'a_c'),
    n: DataTypes.INTEGER,
    other: DataTypes.STRING,
  });
  await model.bulkCreate(
    TEXTS.map((text, index) => ({
      s: text,
      t: text,
      c: text?.slice(0, 6) ?? null,
      ci: text,
      e: ['abc', 'ABC', 'a_c', null][index % 4],
      n: text === null ? null : index,
      other: PATTERNS[index % PATTERNS.length],
    })),
  );
  return model;
}

/** The ids of the rows that a condition selects. */
export const selecting =
  (where: WhereOptions): ContractCase['run'] =>
  async (site) => {
    const rows = await (await notes(site)).findAll({ where, attributes: ['id'], order: ['id'] });
    return rows.map((row) => row['id']);
  };

/** The same for a condition in SQL. */
export const selectingSql =
  (condition: string, options: object = {}): ContractCase['run'] =>
  async (site) => {
    const { tableName } = await notes(site);
    return await site.sequelize.query(`SELECT id FROM "${tableName}" WHERE ${condition} ORDER BY id`, {
      type: QueryTypes.SELECT,
      ...options,
    });
  };

/** What an expression gives for each row, NULL too. */
export const giving =
  (expression: string, options: object = {}): ContractCase['run'] =>
  async (site) => {
    const { tableName } = await notes(site);
    return await site.sequelize.query(`SELECT id, ${expression} AS r FROM "${tableName}" ORDER BY id`, {
      type: QueryTypes.SELECT,
      ...options,
    });
  };

/** One case for each pattern, with an operator of Sequelize on the STRING column. */
export function withEach(operator: symbol, patterns: Readonly<Record<string, unknown>>): Record<string, ContractCase['run']> {
  const name = operator.description ?? '';
  return Object.fromEntries(
    Object.entries(patterns).map(([what, pattern]) => [`${name} ${what}`, selecting({ s: { [operator]: pattern } })]),
  );
}

/** One case for each operator, with the same pattern. */
export function withEachOperator(
  operators: readonly (keyof typeof Op)[],
  what: string,
  pattern: unknown,
): Record<string, ContractCase['run']> {
  return Object.fromEntries(operators.map((name) => [`${name} ${what}`, selecting({ s: { [Op[name]]: pattern } })]));
}

/** Definitions, then statements, of which each one's error is an answer. */
export const checked =
  (column: string, condition: string, values: readonly (string | null)[]): ContractCase['run'] =>
  async (site) => {
    const table = site.name('checked');
    await site.sequelize.query(`CREATE TABLE "${table}" (v ${column}, CONSTRAINT shape CHECK (${condition}))`);
    const answers: string[] = [];
    for (const value of values) {
      answers.push(
        await site.sequelize.query(`INSERT INTO "${table}" (v) VALUES ($1)`, { bind: [value] }).then(
          () => 'stored',
          (error: unknown) => (error as Error).message,
        ),
      );
    }
    return answers;
  };
