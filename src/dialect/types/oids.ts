import type { PgType, TypeKey } from './pg-type.js';

/** The OIDs of a type and of its array type: PostgreSQL's fixed ones, and from 90000 those that a server would give out itself. */
const OIDS: Readonly<Record<Exclude<TypeKey, 'array'>, readonly [type: number, array: number]>> = {
  bool: [16, 1000],
  bytea: [17, 1001],
  name: [19, 1003],
  int8: [20, 1016],
  int2: [21, 1005],
  int4: [23, 1007],
  text: [25, 1009],
  oid: [26, 1028],
  json: [114, 199],
  cidr: [650, 651],
  float4: [700, 1021],
  float8: [701, 1022],
  unknown: [705, 0],
  macaddr8: [774, 775],
  macaddr: [829, 1040],
  inet: [869, 1041],
  bpchar: [1042, 1014],
  varchar: [1043, 1015],
  date: [1082, 1182],
  time: [1083, 1183],
  timestamp: [1114, 1115],
  timestamptz: [1184, 1185],
  interval: [1186, 1187],
  timetz: [1266, 1270],
  numeric: [1700, 1231],
  regclass: [2205, 2210],
  record: [2249, 2287],
  void: [2278, 0],
  uuid: [2950, 2951],
  tsvector: [3614, 3643],
  tsquery: [3615, 3645],
  jsonb: [3802, 3807],
  int4range: [3904, 3905],
  numrange: [3906, 3907],
  tsrange: [3908, 3909],
  tstzrange: [3910, 3911],
  daterange: [3912, 3913],
  int8range: [3926, 3927],
  enum: [90000, 90001],
  citext: [90002, 90003],
  hstore: [90004, 90005],
  geometry: [90006, 90007],
  geography: [90008, 90009],
};

/** All enums share one, as they share one codec. */
export function oidOf(type: PgType): number {
  if (type.key === 'array') return type.element ? arrayOidOf(type.element) : 0;
  return OIDS[type.key][0];
}

/** The OID of the array type whose elements are of `type`. */
export function arrayOidOf(type: PgType): number {
  return type.key === 'array' ? oidOf(type) : OIDS[type.key][1];
}
