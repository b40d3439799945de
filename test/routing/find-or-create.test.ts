import { DataTypes } from 'sequelize';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { onEachDatabase, switchableForTest } from '../support/connections.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.dispose());

it.each(['findOrCreate', 'findCreateFind'] as const)(
  '%s in a transaction finds a row that came meanwhile, and the transaction goes on',
  async (call) => {
    const switchable = await switchableForTest(server);
    const { sequelize } = switchable;
    const Tag = sequelize.define('Tag', { name: { type: DataTypes.STRING, unique: true } });
    await onEachDatabase(switchable, async (_engine, round) => {
      await Tag.create({ name: `red ${round}` });
      await sequelize.transaction(async (transaction) => {
        // What another session wrote between the two statements.
        vi.spyOn(Tag, 'findOne').mockResolvedValueOnce(null);
        const [tag, isNew] = await Tag[call]({ where: { name: `red ${round}` }, transaction });
        expect([tag.get('name'), isNew]).toEqual([`red ${round}`, false]);
        await Tag.create({ name: `blue ${round}` }, { transaction });
        vi.restoreAllMocks();
      });
      expect(await Tag.count({ where: { name: [`red ${round}`, `blue ${round}`] } })).toBe(2);
    });
  },
);
