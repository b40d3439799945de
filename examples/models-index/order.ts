import { type CreationOptional, DataTypes, type InferAttributes, type InferCreationAttributes, Model } from 'sequelize';
import { sequelize } from './index.js';

/** A model as before: nothing in it knows of two databases. */
export class Order extends Model<InferAttributes<Order>, InferCreationAttributes<Order>> {
  declare id: CreationOptional<string>;
  declare tags: string[];
  declare details: object;
}

Order.init(
  {
    id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true },
    tags: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false },
    details: { type: DataTypes.JSONB, allowNull: false },
  },
  { sequelize, tableName: 'orders' },
);
