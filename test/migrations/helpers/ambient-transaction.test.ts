import { AsyncLocalStorage } from 'node:async_hooks';
import { DataTypes, Sequelize } from 'sequelize';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addIndexSafe, createTableSafe } from '../../../src/migrations/index.js';
import { Databases, KINDS } from './kinds.js';

/** What `Sequelize.useCLS` takes. */
class Namespace {
  readonly #contexts = new AsyncLocalStorage<Map<string, unknown>>();

  get(key: string): unknown {
    return this.#contexts.getStore()?.get(key);
  }

  set(key: string, value: unknown): void {
    this.#contexts.getStore()?.set(key, value);
  }

  run<T>(work: () => T): T {
    return this.#contexts.run(new Map(this.#contexts.getStore()), work);
  }

  bind<T>(work: T): T {
    return work;
  }
}

let databases: Databases;
beforeAll(async () => {
  Sequelize.useCLS(new Namespace());
  databases = await Databases.start();
}, 60_000);
afterAll(async () => {
  Reflect.deleteProperty(Sequelize, '_cls');
  await databases.dispose();
}, 60_000);

describe.each(KINDS)('within a transaction of Sequelize.useCLS (%s)', (kind) => {
  it('belongs to it', async () => {
    const { sequelize, queryInterface } = await databases.open(kind);
    const columns = { id: DataTypes.INTEGER, state: DataTypes.ENUM('a') };
    const failing = sequelize.transaction(async () => {
      await createTableSafe(queryInterface, 'users', columns);
      await addIndexSafe(queryInterface, 'users', ['id']);
      expect(await createTableSafe(queryInterface, 'users', columns)).toMatchObject({ did: 'exists', differences: [] });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await queryInterface.tableExists('users')).toBe(false);
    expect(await createTableSafe(queryInterface, 'users', columns)).toMatchObject({ did: 'created' });
  });
});
