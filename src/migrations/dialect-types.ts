import type { AbstractDataTypeConstructor, DataTypes, QueryInterface } from 'sequelize';
import { checkQueryInterface } from './arguments.js';
import { engineOf } from './engine-of.js';
import { classOf, type DataTypeInternals } from './generator.js';

type Types = typeof DataTypes;
type ArrayType = DataTypes.ArrayDataType<AbstractDataTypeConstructor>;

/** Sequelize's data types, each as the database behind the query interface can hold it, and three that arrays are made of most. */
export type DialectTypes = Types & {
  /** `ARRAY(STRING)` */
  readonly ARRAY_STRING: ArrayType;
  /** `ARRAY(INTEGER)` */
  readonly ARRAY_INTEGER: ArrayType;
  /** `ARRAY(UUID)` */
  readonly ARRAY_UUID: ArrayType;
};

/** True on PostgreSQL; false on a handle's fallback, which takes PostgreSQL's types and statements all the same, and on SQLite. */
export function isPostgreSQL(queryInterface: QueryInterface): boolean {
  checkQueryInterface(queryInterface);
  return engineOf(queryInterface) === 'postgres';
}

/** True on a handle's fallback and on Sequelize's own SQLite dialect. */
export function isSQLite(queryInterface: QueryInterface): boolean {
  return !isPostgreSQL(queryInterface);
}

/** What Sequelize's SQLite dialect would write as it is although SQLite has no such type, and what holds it there. */
const ON_SQLITE: Readonly<Record<string, 'TEXT' | 'JSON'>> = {
  ARRAY: 'TEXT',
  RANGE: 'TEXT',
  HSTORE: 'TEXT',
  TSVECTOR: 'TEXT',
  INET: 'TEXT',
  CIDR: 'TEXT',
  MACADDR: 'TEXT',
  JSONB: 'JSON',
  GEOMETRY: 'JSON',
  GEOGRAPHY: 'JSON',
};

/**
 * The data types for a migration: Sequelize's own on PostgreSQL and on a handle's fallback. On plain SQLite arrays, ranges, HSTORE, TSVECTOR,
 * INET, CIDR and MACADDR are TEXT (of arrays and objects their JSON text), JSONB, GEOMETRY and GEOGRAPHY are JSON.
 *
 * @param Sequelize a migration's second argument, the class or its DataTypes; left out, that of the query interface
 */
export function getDialectTypes(queryInterface: QueryInterface, Sequelize?: object): DialectTypes {
  checkQueryInterface(queryInterface);
  const types = dataTypesIn(queryInterface, Sequelize);
  const all = { ...types };
  if (engineOf(queryInterface) === 'sqlite') {
    // A new one at each call, as they are made with options: ARRAY(STRING), GEOMETRY('POINT').
    for (const [name, stored] of Object.entries(ON_SQLITE)) if (name in all) Object.assign(all, { [name]: heldAs(types, stored, name) });
  }
  const arrayOf = all.ARRAY as unknown as (type: unknown) => ArrayType;
  return Object.assign(all, {
    ARRAY_STRING: arrayOf(types.STRING),
    ARRAY_INTEGER: arrayOf(types.INTEGER),
    ARRAY_UUID: arrayOf(types.UUID),
  });
}

/** The type as Sequelize's SQLite dialect can write it. */
export function sqliteType(type: unknown, queryInterface: QueryInterface): unknown {
  const stored = ON_SQLITE[typeKey(type)];
  return stored === undefined ? type : classOf(queryInterface.sequelize).DataTypes[stored];
}

/** What Sequelize calls a type, `'ARRAY'` for example, also where TEXT holds it; empty for one that is written as text. */
export function typeKey(type: unknown): string {
  const isType = typeof type === 'function' || (typeof type === 'object' && type !== null);
  if (!isType) return '';
  const { [HELD]: held, key = '' } = type as DataTypeInternals & { readonly [HELD]?: string };
  return held ?? key;
}

/** What a type stands for that is TEXT or JSON because of SQLite. */
const HELD = Symbol('held');

function dataTypesIn({ sequelize }: QueryInterface, given: object | undefined): Types {
  const own = classOf(sequelize).DataTypes;
  if (given === undefined) return own;
  return (given as { DataTypes?: Types }).DataTypes ?? (given as Types);
}

/** A type that can be written plain and called, as Sequelize's own. */
function heldAs(types: Types, stored: 'TEXT' | 'JSON', name: string): unknown {
  const Held = types[stored] as unknown as new () => object;
  const make = () => Object.defineProperty(new Held(), HELD, { value: name });
  return new Proxy(Held, {
    apply: make,
    construct: make,
    get: (target, property): unknown => (property === HELD ? name : Reflect.get(target, property)),
  });
}
