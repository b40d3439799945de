import { configFromEnv, ResilientConnection } from 'sequelize-resilient';

/** The one place that knows of the library. `logging: false` keeps the SQL out of the shop's log. */
export const connection = new ResilientConnection({ ...configFromEnv(), serviceName: 'shop', sequelize: { logging: false } });
export const { sequelize, ready } = connection;
