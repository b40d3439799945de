import type { ModelStatic, Sequelize } from 'sequelize';
import type { Row, Site } from './contract-case.js';

/** Where a case runs on one engine: what it makes begins with `prefix`. */
export function siteOn(sequelize: Sequelize, prefix: string): Site {
  const name = (suffix: string) => `${prefix}_${suffix}`;
  return {
    sequelize,
    name,
    model: async (suffix, attributes, options) => {
      const model = sequelize.define(name(suffix), attributes, { timestamps: false, freezeTableName: true, ...options });
      await model.sync();
      return model as unknown as ModelStatic<Row>;
    },
  };
}
