import { DataTypes, Op, type Sequelize } from 'sequelize';
import { onBothEngines } from 'sequelize-resilient/testing';
import { expect, it } from 'vitest';

const defineProduct = (sequelize: Sequelize) => sequelize.define('Product', { name: DataTypes.STRING, price: DataTypes.DECIMAL(10, 2) });

it('finds cheap products, on PostgreSQL and on the fallback', async () => {
  const { postgres, differences } = await onBothEngines(async ({ sequelize }) => {
    const Product = defineProduct(sequelize);
    await Product.sync();
    await Product.bulkCreate([
      { name: 'Tea', price: 2.5 },
      { name: 'Teapot', price: 19 },
    ]);
    return Product.findAll({ attributes: ['name', 'price'], where: { name: { [Op.iLike]: 'TEA%' }, price: { [Op.lt]: 10 } } });
  });
  expect(differences).toEqual([]);
  expect(postgres).toEqual({ value: [{ name: 'Tea', price: '2.50' }] });
});
