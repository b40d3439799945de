const { configFromEnv, ResilientConnection } = require('sequelize-resilient');
const connection = new ResilientConnection({ ...configFromEnv(), serviceName: 'shop' });
module.exports = { sequelize: connection.sequelize, connection, ready: connection.ready };
