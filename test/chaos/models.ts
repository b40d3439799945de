import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';
import type { Ledger } from './ledger.js';

type Fields = Record<string, unknown>;
export type RowModel = ModelStatic<Model<Fields, Fields>>;

/** The tables of the run. */
export interface Models {
  /** Written under a client's name, the ticket, that is deliberately not unique: a row that was written twice shows. */
  readonly rows: RowModel;
  /** Belong to rows. */
  readonly notes: RowModel;
  /** What may be written again: one value under a unique key. */
  readonly settings: RowModel;
}

/** Defines the models on either side, with hooks that count themselves. */
export function defineModels(sequelize: Sequelize, ledger: Ledger): Models {
  const rows: RowModel = sequelize.define(
    'chaosRow',
    {
      ticket: { type: DataTypes.TEXT, allowNull: false },
      // Names the call of create() that wrote it.
      writtenBy: { type: DataTypes.TEXT, allowNull: false },
      // A list of the updates that reached the row, each once for each time that it did.
      marks: { type: DataTypes.TEXT, allowNull: false, defaultValue: '' },
      amount: { type: DataTypes.INTEGER, allowNull: false, defaultValue: 0 },
    },
    { tableName: 'chaos_rows', timestamps: false, indexes: [{ fields: ['ticket'] }] },
  );
  const notes: RowModel = sequelize.define(
    'chaosNote',
    { ticket: { type: DataTypes.TEXT, allowNull: false } },
    { tableName: 'chaos_notes', timestamps: false },
  );
  const settings: RowModel = sequelize.define(
    'chaosSetting',
    { key: { type: DataTypes.TEXT, primaryKey: true }, value: { type: DataTypes.TEXT, allowNull: false } },
    { tableName: 'chaos_settings', timestamps: false },
  );
  rows.hasMany(notes, { as: 'notes', foreignKey: 'rowId' });
  notes.belongsTo(rows, { as: 'row', foreignKey: 'rowId' });
  const writerOf = (row: Model<Fields, Fields> | undefined): string => String(row?.get('writtenBy'));
  rows.addHook('beforeCreate', (row) => ledger.countHook('beforeCreate', writerOf(row)));
  rows.addHook('afterCreate', (row) => ledger.countHook('afterCreate', writerOf(row)));
  rows.addHook('beforeBulkCreate', (all) => ledger.countHook('beforeBulkCreate', writerOf(all[0])));
  rows.addHook('afterBulkCreate', (all) => ledger.countHook('afterBulkCreate', writerOf((all as Model<Fields, Fields>[])[0])));
  return { rows, notes, settings };
}
