import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { closeFixtures, openFixture } from '../../sqlite-fixture.js';

afterEach(async () => {
  pg.defaults.parseInt8 = false;
  await closeFixtures();
});

describe('the parsers of a program', () => {
  it('of pg are used as soon as they are set', async () => {
    const { sequelize } = await openFixture();
    const ask = async () => (await sequelize.query('SELECT 42::bigint AS big, 1.50::numeric AS price, sum(1.5) AS total'))[0];
    expect(await ask()).toEqual([{ big: '42', price: '1.50', total: '1.5' }]);
    pg.defaults.parseInt8 = true;
    expect(await ask()).toEqual([{ big: 42, price: '1.50', total: '1.5' }]);
  });

  it('of Sequelize are used, for arrays too', async () => {
    const { sequelize } = await openFixture();
    const { connectionManager } = sequelize as unknown as {
      connectionManager: { oidParserMap: Map<number, (text: string) => unknown> };
    };
    connectionManager.oidParserMap.set(1700, Number);
    expect((await sequelize.query('SELECT 1.50::numeric AS price'))[0]).toEqual([{ price: 1.5 }]);
  });
});
