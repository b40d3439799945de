import {
  type CreationOptional,
  DataTypes,
  type ForeignKey,
  type HasManyCreateAssociationMixin,
  type InferAttributes,
  type InferCreationAttributes,
  Model,
} from 'sequelize';
import { Customer } from './customer.js';
import { sequelize } from './index.js';

/** One article of an order. */
export class Line extends Model<InferAttributes<Line>, InferCreationAttributes<Line>> {
  declare id: CreationOptional<number>;
  declare article: string;
  declare quantity: number;
  declare orderId: ForeignKey<string>;
}

/** What PostgreSQL's types are for: a UUID as the key, an array of tags, a JSON document. */
export class Order extends Model<InferAttributes<Order>, InferCreationAttributes<Order>> {
  declare id: CreationOptional<string>;
  declare tags: string[];
  declare details: object;
  declare customerId: ForeignKey<string>;
  declare createLine: HasManyCreateAssociationMixin<Line, 'orderId'>;
}

Line.init(
  {
    id: { type: DataTypes.INTEGER, autoIncrement: true, primaryKey: true },
    article: { type: DataTypes.STRING, allowNull: false },
    quantity: { type: DataTypes.INTEGER, allowNull: false },
  },
  { sequelize, modelName: 'line', tableName: 'lines' },
);

Order.init(
  {
    id: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4, primaryKey: true },
    tags: { type: DataTypes.ARRAY(DataTypes.STRING), allowNull: false, defaultValue: [] },
    details: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
  },
  { sequelize, tableName: 'orders' },
);

Order.belongsTo(Customer, { as: 'customer', foreignKey: { name: 'customerId', allowNull: false } });
Order.hasMany(Line, { as: 'lines', foreignKey: { name: 'orderId', allowNull: false } });
