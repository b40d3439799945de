import { DataTypes, type DataType, type FindOptions, type ModelStatic, Op, type WhereOptions } from 'sequelize';
import type { ContractCase, Row, Site } from '../../contract-case.js';
import { id } from '../fixtures.js';
import { type EngineOutcome, outcomeOf } from '../../../../src/testing/outcome.js';

interface Sample {
  readonly type: DataType;
  /** In their order. */
  readonly values: readonly [unknown, unknown, unknown];
}

const day = (text: string) => new Date(`${text}T10:20:30.400Z`);

/** A column of each type that can be compared, with three values in PostgreSQL's order. */
export const SAMPLES = {
  STRING: { type: DataTypes.STRING(20), values: ['B', 'a', 'b'] },
  CHAR: { type: DataTypes.CHAR(5), values: ['B', 'a', 'ab'] },
  TEXT: { type: DataTypes.TEXT, values: ['', '10', '9'] },
  CITEXT: { type: DataTypes.CITEXT, values: ['Abc', 'bcd', 'CDE'] },
  BOOLEAN: { type: DataTypes.BOOLEAN, values: [false, true, true] },
  SMALLINT: { type: DataTypes.SMALLINT, values: [-32768, 5, 32767] },
  INTEGER: { type: DataTypes.INTEGER, values: [-7, 5, 10] },
  BIGINT: { type: DataTypes.BIGINT, values: ['-9007199254740993', '5', '9223372036854775807'] },
  REAL: { type: DataTypes.REAL, values: [-1.5, 0.1, 3.25] },
  DOUBLE: { type: DataTypes.DOUBLE, values: [-1.5, 0.1, 1e300] },
  'DECIMAL(10,2)': { type: DataTypes.DECIMAL(10, 2), values: ['-1.10', '0.30', '10.05'] },
  DECIMAL: { type: DataTypes.DECIMAL, values: ['-1.1', '0.3', '12345678901234567890.5'] },
  UUID: {
    type: DataTypes.UUID,
    values: ['0ecd8c99-4036-403d-bf84-cf8400f67836', '6ecd8c99-4036-403d-bf84-cf8400f67836', 'aecd8c99-4036-403d-bf84-cf8400f67836'],
  },
  ENUM: { type: DataTypes.ENUM('sad', 'ok', 'happy'), values: ['sad', 'ok', 'happy'] },
  DATE: { type: DataTypes.DATE, values: [day('1815-12-10'), day('2020-02-29'), day('2262-01-01')] },
  DATEONLY: { type: DataTypes.DATEONLY, values: ['0999-12-31', '2020-02-29', '2020-03-01'] },
  TIME: { type: DataTypes.TIME, values: ['00:00:00', '09:59:59.5', '24:00:00'] },
  BLOB: { type: DataTypes.BLOB, values: [Buffer.from(''), Buffer.from([0x35]), Buffer.from([0x35, 0])] },
  INET: { type: DataTypes.INET, values: ['9.0.0.1', '10.0.0.1', '::1'] },
  CIDR: { type: DataTypes.CIDR, values: ['10.0.0.0/8', '10.0.0.0/16', '192.168.0.0/16'] },
  MACADDR: { type: DataTypes.MACADDR, values: ['08:00:2b:01:02:03', '08:00:2b:01:02:04', 'ff:00:2b:01:02:04'] },
} as const satisfies Record<string, Sample>;

export type SampleName = keyof typeof SAMPLES;
export const SAMPLE_NAMES = Object.keys(SAMPLES) as SampleName[];

/** Rows 1 to 3 have the values in their order, 4 has NULLs, 5 the middle one again; `n` to `b` are for comparisons of columns. */
export async function compared(site: Site, names: readonly SampleName[]): Promise<ModelStatic<Row>> {
  const columns = Object.fromEntries(names.map((name) => [name, SAMPLES[name].type]));
  const things = await site.model('things', { id, ...columns });
  const row = (index: number) => Object.fromEntries(names.map((name) => [name, SAMPLES[name].values[index]]));
  await things.bulkCreate([row(0), row(1), row(2), {}, row(1)]);
  return things;
}

/** The ids of the rows that a condition selects, or the error. */
export function idsOf(model: ModelStatic<Row>, where: WhereOptions | undefined, options: FindOptions = {}): Promise<EngineOutcome> {
  return outcomeOf(async () => {
    const rows = await model.findAll({ ...options, ...(where !== undefined && { where }), order: ['id'] });
    return rows.map((row) => row['id']);
  });
}

/** What each of several conditions on a column of one type selects. */
export function selections(name: SampleName, conditions: readonly unknown[]): ContractCase['run'] {
  return async (site) => {
    const things = await compared(site, [name]);
    return await Promise.all(conditions.map((condition) => idsOf(things, { [name]: condition })));
  };
}

/** The same for all types, each a case of its own. */
export function ofEachType(conditions: (values: Sample['values']) => readonly unknown[]): Record<string, ContractCase['run']> {
  return Object.fromEntries(SAMPLE_NAMES.map((name) => [name, selections(name, conditions(SAMPLES[name].values))]));
}

export const ORDERINGS = [Op.eq, Op.ne, Op.gt, Op.gte, Op.lt, Op.lte] as const;

/** Every operator of ORDERINGS with one value. */
export const ordered = (value: unknown) => ORDERINGS.map((operator) => ({ [operator]: value }));
