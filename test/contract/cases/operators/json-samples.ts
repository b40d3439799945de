import { DataTypes, type FindOptions, type ModelStatic, QueryTypes, type WhereOptions } from 'sequelize';
import type { ContractCase, Row, Site } from '../../contract-case.js';
import { id } from '../fixtures.js';

/** Values of JSONB as SQL writes them: objects, arrays and scalars, with what is easily taken for something else. */
const DOCUMENTS: readonly (string | null)[] = [
  '{"a":1,"b":{"c":[1,2.50,{"d":"x"}],"w":10},"e":null,"f":"te\\"x\\n\\u0001t","g":true,"h":1.50}',
  '[1,"a",null,[2,3],{"a":1},false,1.0]',
  '1',
  '"a"',
  'null',
  'true',
  '[]',
  '{}',
  null,
  '{"a":[0,1,[2]],"é":"ü","b":{"w":9.5}}',
  '{"a":{"0":{"1":"deep"}},"1":[[5]],"b":{"w":"7"}}',
  '{"q\\"u":1,"back\\\\":2,"x.y":3,"[0]":4,"$":5,"sp ace":{"in ner":6},"it\'s":7,"":8,"0":"zero"}',
  '{"a":"1","b":{"w":-3,"on":true,"at":"2020-01-02T03:04:05.678Z","big":12345678901234567890}}',
  '{"a":2,"b":{"w":100,"on":false,"at":"2021-01-02T03:04:05Z"},"list":["x","y"],"f":3.141592653589793}',
  '{"a":1.0,"b":{"w":0.30000000000000004,"on":null},"tags":["a","b"],"objs":[{"k":"a","n":1},{"k":"b","n":2}]}',
  '[{"k":"a","n":1},{"k":"b","n":null}]',
  '["a","b","a"]',
  '-1.5',
  '1e20',
  '""',
  '[[]]',
  '[{}]',
  '"😀"',
  '{"😀":{"é":[1]},"tags":[]}',
  '123456789012345678901234567890.5',
  '{"a":"null"}',
  '{"name":"Ann","tags":["a","c"]}',
  '{"name":"O\'Neil é%_","b":{"w":1e21}}',
  '{"a":1,"b":{"c":[1,2.5,{"d":"x"}],"w":10},"e":null,"f":"te\\"x\\n\\u0001t","g":true,"h":1.5}',
];

/** The documents as JSONB (`meta`) and, where they have no exponents, as JSON (`raw`). */
export async function documents(site: Site): Promise<ModelStatic<Row>> {
  const { INTEGER, JSON: Json, JSONB, STRING } = DataTypes;
  const model = await site.model('documents', { id, meta: JSONB, raw: Json, word: STRING, n: INTEGER });
  const words = ['a', 'b', 'n', 'é', ''];
  const values = DOCUMENTS.flatMap((document, index) => [document, document, words[index % words.length], index % 3]);
  const rows = DOCUMENTS.map((_, row) => `($${row * 4 + 1}, $${row * 4 + 2}, $${row * 4 + 3}, $${row * 4 + 4})`);
  await site.sequelize.query(`INSERT INTO "${model.tableName}" (meta, raw, word, n) VALUES ${rows.join(', ')}`, { bind: values });
  return model;
}

/** Asks with the table's name in place of `:docs`. */
export const asking =
  (...statements: readonly string[]): ContractCase['run'] =>
  async (site) => {
    const { tableName } = await documents(site);
    const found: unknown[] = [];
    for (const sql of statements) {
      found.push(await site.sequelize.query(sql.replaceAll(':docs', `"${tableName}"`), { type: QueryTypes.SELECT }));
    }
    return found;
  };

/** The ids of the rows that each condition selects. */
export const where =
  (...conditions: readonly WhereOptions[]): ContractCase['run'] =>
  async (site) => {
    const model = await documents(site);
    const found: unknown[] = [];
    for (const condition of conditions) {
      const rows = await model.findAll({ attributes: ['id'], where: condition, order: ['id'] });
      found.push(rows.map((row) => row['id']));
    }
    return found;
  };

/** The rows of `findAll`. */
export const finding =
  (options: FindOptions): ContractCase['run'] =>
  async (site) =>
    (await documents(site)).findAll(options);
