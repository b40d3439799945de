import { PgError } from '../pg-error.js';
import { bareTypeName } from '../types/format-type.js';
import type { PgType, TypeKey } from '../types/pg-type.js';

type Kinds = ReadonlySet<TypeKey>;

const kinds = (words: string): Kinds => new Set(words.split(' ') as TypeKey[]);

const RANGES = 'int4range int8range numrange tsrange tstzrange daterange';
const SCALARS =
  'int2 int4 int8 float4 float8 numeric text varchar bpchar name uuid bytea date time timetz timestamp timestamptz interval oid';

/**
 * The types that have a default operator class in each access method (pg_opclass with opcdefault, PostgreSQL 17), with those that the
 * extensions btree_gin, btree_gist, hstore, citext, intarray and PostGIS add: who is to create them is nothing that the catalog knows.
 */
const DEFAULTS: Readonly<Record<string, Kinds>> = {
  btree: kinds(
    `${SCALARS} bool citext jsonb hstore inet cidr macaddr macaddr8 ${RANGES} tsvector tsquery enum array record geometry geography`,
  ),
  hash: kinds(`${SCALARS} bool citext jsonb hstore inet cidr macaddr macaddr8 ${RANGES} enum array record geometry`),
  gin: kinds(`${SCALARS} bool jsonb hstore inet cidr macaddr macaddr8 tsvector enum array`),
  gist: kinds(`${SCALARS} bool hstore inet cidr macaddr macaddr8 ${RANGES} tsvector tsquery enum geometry geography`),
  spgist: kinds(`text varchar inet cidr ${RANGES} geometry geography`),
  brin: kinds(`${SCALARS} inet cidr macaddr macaddr8 ${RANGES} geometry geography`),
};

const TEXTS = 'text varchar';

/** What classes that are no type's own take, in which access methods. */
const CLASSES: Readonly<Record<string, { readonly methods: string; readonly types: Kinds }>> = {
  text_pattern_ops: { methods: 'btree hash spgist', types: kinds(TEXTS) },
  varchar_pattern_ops: { methods: 'btree hash', types: kinds(TEXTS) },
  bpchar_pattern_ops: { methods: 'btree hash', types: kinds('bpchar') },
  jsonb_ops: { methods: 'btree hash gin', types: kinds('jsonb') },
  jsonb_path_ops: { methods: 'gin', types: kinds('jsonb') },
  array_ops: { methods: 'btree hash gin', types: kinds('array') },
  tsvector_ops: { methods: 'btree gist gin', types: kinds('tsvector') },
  range_ops: { methods: 'btree hash gist spgist', types: kinds(RANGES) },
  enum_ops: { methods: 'btree hash gin', types: kinds('enum') },
  inet_ops: { methods: 'btree hash gist spgist gin', types: kinds('inet cidr') },
  gin_trgm_ops: { methods: 'gin', types: kinds(TEXTS) },
  gist_trgm_ops: { methods: 'gist', types: kinds(TEXTS) },
  gin_hstore_ops: { methods: 'gin', types: kinds('hstore') },
  gist_hstore_ops: { methods: 'gist', types: kinds('hstore') },
  gin__int_ops: { methods: 'gin', types: kinds('array') },
  gist__int_ops: { methods: 'gist', types: kinds('array') },
  ...Object.fromEntries(
    (
      [
        ['int2_ops', 'int2'],
        ['int4_ops', 'int4'],
        ['int8_ops', 'int8'],
        ['float4_ops', 'float4'],
        ['float8_ops', 'float8'],
        ['numeric_ops', 'numeric'],
        ['bool_ops', 'bool'],
        ['text_ops', TEXTS],
        ['varchar_ops', TEXTS],
        ['bpchar_ops', 'bpchar'],
        ['name_ops', 'name'],
        ['citext_ops', 'citext'],
        ['uuid_ops', 'uuid'],
        ['bytea_ops', 'bytea'],
        ['date_ops', 'date'],
        ['time_ops', 'time'],
        ['timestamp_ops', 'timestamp'],
        ['timestamptz_ops', 'timestamptz'],
        ['interval_ops', 'interval'],
        ['macaddr_ops', 'macaddr'],
      ] as const
    ).map(([name, types]) => [name, { methods: 'btree hash gin', types: kinds(types) }]),
  ),
};

/** A B-tree keeps an order, the others none; a hash has one column. */
const ORDERED = 'btree';
const OF_ONE_COLUMN: ReadonlySet<string> = new Set(['hash', 'spgist']);

interface Item {
  readonly operatorClass?: string;
  readonly direction?: string;
  readonly nulls?: string;
}

/** @throws PgError where the access method can't have so many items */
export function refuseSeveralItems(method: string, items: readonly unknown[]): void {
  if (items.length < 2 || !OF_ONE_COLUMN.has(method)) return;
  throw new PgError('0A000', `access method "${method}" does not support multicolumn indexes`);
}

/** @throws PgError where PostgreSQL can't index such a value. `type` is missing where the fallback doesn't know it. */
export function refuseItem(item: Item, type: PgType | undefined, method: string): void {
  const { operatorClass } = item;
  if (operatorClass === undefined) refuseWithoutDefault(type, method);
  else refuseClass(operatorClass, type, method);
  if (method === ORDERED) return;
  if (item.direction !== undefined) throw new PgError('0A000', `access method "${method}" does not support ASC/DESC options`);
  if (item.nulls !== undefined) throw new PgError('0A000', `access method "${method}" does not support NULLS FIRST/LAST options`);
}

function refuseWithoutDefault(type: PgType | undefined, method: string): void {
  if (type === undefined || type.key === 'unknown' || DEFAULTS[method]?.has(type.key) !== false) return;
  throw new PgError('42704', `data type ${bareTypeName(type)} has no default operator class for access method "${method}"`, {
    hint: 'You must specify an operator class for the index or define a default operator class for the data type.',
  });
}

function refuseClass(name: string, type: PgType | undefined, method: string): void {
  const known = Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  if (known?.methods.split(' ').includes(method) !== true) {
    // The classes of BRIN and of PostGIS are many, and no index of these is ever made here.
    if (method === 'brin' || /geometry|geography/.test(type?.key ?? '')) return;
    throw new PgError('42704', `operator class "${name}" does not exist for access method "${method}"`);
  }
  if (type === undefined || type.key === 'unknown' || known.types.has(type.key)) return;
  throw new PgError('42804', `operator class "${name}" does not accept data type ${bareTypeName(type)}`);
}
