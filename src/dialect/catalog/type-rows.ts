import type { PgType, TypeKey } from '../types/pg-type.js';
import { arrayOidOf, oidOf } from '../types/type-names.js';
import type { Row } from './information-schema.js';

const BASE_TYPES: readonly TypeKey[] = [
  'bool',
  'bytea',
  'name',
  'int8',
  'int2',
  'int4',
  'text',
  'oid',
  'json',
  'cidr',
  'float4',
  'float8',
  'macaddr8',
  'macaddr',
  'inet',
  'bpchar',
  'varchar',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'interval',
  'timetz',
  'numeric',
  'uuid',
  'tsvector',
  'tsquery',
  'jsonb',
  'citext',
  'hstore',
  'geometry',
  'geography',
]; // prettier-ignore

const RANGES: Partial<Record<TypeKey, TypeKey>> = {
  int4: 'int4range',
  int8: 'int8range',
  numeric: 'numrange',
  timestamp: 'tsrange',
  timestamptz: 'tstzrange',
  date: 'daterange',
};

/** pg_type with the ranges, as Sequelize reads it to know which numbers its types have. All enums share one number. */
export function typeRows(): Row[] {
  return [...BASE_TYPES.map((key) => typeRow({ key }, 'b')), typeRow({ key: 'enum' }, 'e')];
}

function typeRow(type: PgType, kind: 'b' | 'e'): Row {
  const range = RANGES[type.key];
  const rangeType: PgType | undefined = range && { key: range };
  return {
    typname: type.key,
    typtype: kind,
    oid: oidOf(type),
    typarray: arrayOidOf(type),
    rngtypname: range ?? null,
    rngtypid: rangeType ? oidOf(rangeType) : null,
    rngtyparray: rangeType ? arrayOidOf(rangeType) : null,
  };
}
