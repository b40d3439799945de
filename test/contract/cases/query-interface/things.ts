import { DataTypes } from 'sequelize';
import type { Migrating } from './migrating.js';

export const id = { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true } as const;

export const ATTRIBUTES = {
  id,
  name: { type: DataTypes.STRING, allowNull: false, unique: true },
  data: { type: DataTypes.JSONB, allowNull: false, defaultValue: {} },
  plain: DataTypes.JSON,
  tags: { type: DataTypes.ARRAY(DataTypes.STRING), defaultValue: [] },
  numbers: DataTypes.ARRAY(DataTypes.INTEGER),
  documents: DataTypes.ARRAY(DataTypes.JSONB),
  kind: { type: DataTypes.ENUM('a', 'b'), defaultValue: 'a' },
  at: DataTypes.DATE,
  big: DataTypes.BIGINT,
  bytes: DataTypes.BLOB,
  flag: DataTypes.BOOLEAN,
};

/** A table with most kinds of columns. */
export const things = async ({ queryInterface, name }: Migrating): Promise<void> => {
  await queryInterface.createTable(name('t'), ATTRIBUTES);
};
