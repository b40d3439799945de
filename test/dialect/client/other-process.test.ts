import { afterEach, describe, expect, it } from 'vitest';
import { closeFixtures, openFixture } from '../../sqlite-fixture.js';

afterEach(closeFixtures);

describe('what another process defines', () => {
  it('is known at once where a statement names it', async () => {
    const { sequelize, storage } = await openFixture();
    const other = await openFixture({ storage });
    await other.sequelize.query('CREATE TABLE "made" (id int, price numeric(10, 2))');
    await sequelize.query('INSERT INTO "made" VALUES (1, 1.5)');
    await sequelize.transaction(async (transaction) => {
      await other.sequelize.query('SELECT 1');
      expect((await sequelize.query('SELECT * FROM "made"', { transaction }))[0]).toEqual([{ id: 1, price: '1.50' }]);
    });
    await other.sequelize.query('ALTER TABLE "made" ADD COLUMN tags text[]');
    await sequelize.query(`UPDATE "made" SET tags = '{a,b}'`);
    expect((await other.sequelize.query('SELECT tags FROM "made"'))[0]).toEqual([{ tags: ['a', 'b'] }]);
  });

  it('is missed as PostgreSQL misses it once it is gone', async () => {
    const { sequelize, storage } = await openFixture();
    await sequelize.query('CREATE TABLE "gone" (id int)');
    await sequelize.query('SELECT * FROM "gone"');
    const other = await openFixture({ storage });
    await other.sequelize.query('DROP TABLE "gone"');
    await expect(sequelize.query('SELECT * FROM "gone"')).rejects.toMatchObject({ parent: { code: '42P01' } });
  });
});
