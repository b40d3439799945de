import { configFromEnv, createResilientConnection } from 'sequelize-resilient';
export const connection = await createResilientConnection({ ...configFromEnv(), serviceName: 'shop' });
export const { sequelize, ready } = connection;
