import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addColumnSafe, addIndexSafe, createTableSafe, getDialectTypes } from '../../../src/migrations/index.js';
import { Databases, KINDS } from './kinds.js';

let databases: Databases;
beforeAll(async () => {
  databases = await Databases.start();
}, 60_000);
afterAll(async () => {
  await databases.dispose();
}, 60_000);

describe.each(KINDS)('names and keys (%s)', (kind) => {
  it('refuses names with quotation marks, which Sequelize would take out', async () => {
    const { queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    await createTableSafe(queryInterface, 't', { a: types.TEXT });
    for (const name of ['a"b', 'a`b']) {
      const calls = [
        () => createTableSafe(queryInterface, name, { a: types.TEXT }),
        () => createTableSafe(queryInterface, 'u', { [name]: types.TEXT }),
        () => createTableSafe(queryInterface, 'u', { a: { type: types.TEXT, field: name } }),
        () => addColumnSafe(queryInterface, 't', name, types.TEXT),
        () => addIndexSafe(queryInterface, 't', ['a'], { name }),
        () => addIndexSafe(queryInterface, 't', [{ name }], { name: 'i' }),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toMatchObject({
          code: 'CONFIGURATION',
          message: expect.stringContaining('must be a name without') as string,
        });
      }
    }
  });

  it('says which keys of a table that is there were not compared', async () => {
    const { queryInterface } = await databases.open(kind);
    const types = getDialectTypes(queryInterface);
    const id = { type: types.INTEGER, primaryKey: true };
    await createTableSafe(queryInterface, 't', { id, n: types.INTEGER });
    const details = ['foreign keys and unique keys of it were not compared'];
    const unique = { type: types.INTEGER, unique: true };
    const references = { type: types.INTEGER, references: { model: 't', key: 'id' } };
    for (const n of [unique, references]) {
      expect(await createTableSafe(queryInterface, 't', { id, n })).toMatchObject({ did: 'exists', details });
      expect(await addColumnSafe(queryInterface, 't', 'n', n)).toMatchObject({ did: 'exists', details });
    }
    const uniqueKeys = { t_n: { fields: ['n'] } };
    const plain = { id, n: types.INTEGER };
    expect(await createTableSafe(queryInterface, 't', plain, { uniqueKeys })).toMatchObject({ did: 'exists', details });
    expect(await createTableSafe(queryInterface, 't', plain)).toMatchObject({ did: 'exists', details: [] });
  });
});
