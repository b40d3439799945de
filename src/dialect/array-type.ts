import { DataTypes } from 'sequelize';

interface StringifyOptions {
  bindParam?: (value: unknown) => unknown;
}

/** What lib/dialects/postgres/data-types.js of sequelize 6.37.8 puts on the prototype of ARRAY for PostgreSQL, said for SQLite. */
const overrides = {
  /** Declared as JSON, so that Sequelize's SQLite dialect parses what it reads. */
  toSql: () => 'JSON',
  escape: true,
  _stringify: (values: unknown) => JSON.stringify(values),
  _bindParam: (values: unknown, options: StringifyOptions) => options.bindParam?.(JSON.stringify(values)),
};

/** ARRAY on SQLite: stored as a JSON array. `extend` is what `Sequelize#normalizeDataType` calls with the model's own type. */
export const ArrayType = {
  key: 'ARRAY',
  extend(given: { type: unknown }): object {
    const type = new DataTypes.ARRAY(given.type as never);
    for (const [name, value] of Object.entries(overrides)) Object.defineProperty(type, name, { value, configurable: true });
    return type;
  },
};
