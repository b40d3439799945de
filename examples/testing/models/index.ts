import { DataTypes } from 'sequelize';
import { configFromEnv, ResilientConnection } from 'sequelize-resilient';
export const connection = new ResilientConnection({ ...configFromEnv(), serviceName: 'shop' });
export const { sequelize, ready } = connection;
export const Order = sequelize.define('Order', { sku: DataTypes.STRING });
