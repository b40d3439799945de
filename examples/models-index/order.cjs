const { DataTypes } = require('sequelize');
const { sequelize } = require('./index.cjs');

/** A model as before: nothing in it knows of two databases. */
const Order = sequelize.define(
  'Order',
  {
    id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true },
    tags: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false },
    details: { type: DataTypes.JSONB, allowNull: false },
  },
  { tableName: 'orders' },
);

module.exports = { Order };
