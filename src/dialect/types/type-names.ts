import { UnsupportedOnFallbackError } from '../../errors.js';
import type { Catalog } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';
import type { TypeName } from '../sql/ast.js';
import { isTypeOnlyOfPostgres } from './other-types.js';
import type { PgType, TypeKey } from './pg-type.js';
import { type Modifiers, modifiedType, typeWithoutModifiers } from './type-modifiers.js';

export { arrayOidOf, oidOf } from './oids.js';
export { formatType } from './format-type.js';

/** What a spelling means by itself, in the words of pg_type. */
const SPELLINGS: Readonly<Record<string, TypeKey>> = {
  boolean: 'bool',
  smallint: 'int2',
  smallserial: 'int2',
  serial2: 'int2',
  int: 'int4',
  integer: 'int4',
  serial: 'int4',
  serial4: 'int4',
  bigint: 'int8',
  bigserial: 'int8',
  serial8: 'int8',
  real: 'float4',
  'double precision': 'float8',
  dec: 'numeric',
  decimal: 'numeric',
  'character varying': 'varchar',
  'char varying': 'varchar',
  'national character varying': 'varchar',
  'national char varying': 'varchar',
  'nchar varying': 'varchar',
  character: 'bpchar',
  char: 'bpchar',
  'national character': 'bpchar',
  'national char': 'bpchar',
  nchar: 'bpchar',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
};

/** Names of pg_type that are spelled as they are. */
const NAMES: ReadonlySet<string> = new Set<TypeKey>([
  'bool',
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'numeric',
  'text',
  'varchar',
  'bpchar',
  'citext',
  'name',
  'uuid',
  'bytea',
  'date',
  'time',
  'timetz',
  'timestamp',
  'timestamptz',
  'interval',
  'json',
  'jsonb',
  'hstore',
  'inet',
  'cidr',
  'macaddr',
  'macaddr8',
  'int4range',
  'int8range',
  'numrange',
  'tsrange',
  'tstzrange',
  'daterange',
  'tsvector',
  'tsquery',
  'geometry',
  'geography',
  'oid',
  'regclass',
  'record',
  'void',
  'unknown',
]); // prettier-ignore

/** These are in the schema `public`, all others in `pg_catalog`. */
const EXTENSION_TYPES: ReadonlySet<string> = new Set(['citext', 'hstore', 'geometry', 'geography']);

/** The type that a written name means. `serial` and its family mean their integers. @throws PgError 42704, 42601, 22023 */
export function resolveTypeName(name: TypeName, catalog: Catalog): PgType {
  const element = scalarType(name, catalog);
  if (element === undefined) throw missing(name, catalog);
  return name.dimensions > 0 ? arrayOf(element) : element;
}

/** The array type of an element type; an array's array is the array itself, as in PostgreSQL. */
export function arrayOf(element: PgType): PgType {
  if (element.key === 'array') return element;
  return {
    key: 'array',
    element: element.scale === undefined ? element : { key: element.key, ...(element.modifiers && { modifiers: element.modifiers }) },
  };
}

function scalarType(name: TypeName, catalog: Catalog): PgType | undefined {
  return builtIn(name) ?? enumeration(name, catalog) ?? underscored(name, catalog);
}

function builtIn({ path, modifiers }: TypeName): PgType | undefined {
  const last = path.at(-1) ?? '';
  if (path.length > 1 && path[0] !== (EXTENSION_TYPES.has(last) ? 'public' : 'pg_catalog')) return undefined;
  if (last === 'float') return floatType(modifiers);
  const key = keyOf(last);
  if (key !== undefined) return modifiedType(last, key, modifiers);
  if (isTypeOnlyOfPostgres(last)) {
    throw new UnsupportedOnFallbackError(`The type ${last}`, 'Use a type that the fallback knows, for example text or jsonb.');
  }
  return undefined;
}

function keyOf(word: string): TypeKey | undefined {
  if (Object.hasOwn(SPELLINGS, word)) return SPELLINGS[word];
  return NAMES.has(word) ? (word as TypeKey) : undefined;
}

function enumeration({ path, modifiers }: TypeName, catalog: Catalog): PgType | undefined {
  const type = catalog.enumType(path);
  return type && typeWithoutModifiers({ key: 'enum', enum: type }, type.name, modifiers);
}

/** `_int4` is PostgreSQL's own name of `int4[]`. */
function underscored({ path, modifiers }: TypeName, catalog: Catalog): PgType | undefined {
  const last = path.at(-1) ?? '';
  if (!last.startsWith('_')) return undefined;
  const element = scalarType({ path: [...path.slice(0, -1), last.slice(1)], modifiers, dimensions: 0 }, catalog);
  return element && arrayOf(element);
}

function floatType(modifiers: Modifiers): PgType {
  if (modifiers.length === 0) return { key: 'float8' };
  const bits = Number(modifiers[0]);
  if (bits < 1) throw new PgError('22023', 'precision for type float must be at least 1 bit');
  if (bits > 53) throw new PgError('22023', 'precision for type float must be less than 54 bits');
  return { key: bits <= 24 ? 'float4' : 'float8' };
}

function missing({ path, dimensions }: TypeName, catalog: Catalog): PgError {
  const [schema = ''] = path;
  const known = new Set(['public', 'pg_catalog', ...catalog.schemas()]);
  if (path.length > 1 && !known.has(schema)) return new PgError('3F000', `schema "${schema}" does not exist`);
  return new PgError('42704', `type "${path.join('.')}${dimensions > 0 ? '[]' : ''}" does not exist`);
}
