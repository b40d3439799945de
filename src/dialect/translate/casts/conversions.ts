import type { PgType, TypeKey } from '../../types/pg-type.js';
import { bindInteger } from '../../types/stored-integer.js';
import type { CastContext } from './contexts.js';
import { elementJson, elementValue, mappedElements } from '../operators/array-sql.js';
import { repeated } from '../repeated.js';
import { dateToTimestamp, timeRounded, timeText, timestampRounded, timestampToDate, timestampToTime } from './date-times.js';
import { jsonbOfText, scalarOfJsonb } from './from-json.js';
import { sqlOfText } from './from-text.js';
import { limitedSql } from './lengths.js';
import {
  type CastSql,
  floatToInteger,
  type IntegerKey,
  integerToFloat,
  integerToInteger,
  keyToInteger,
  scaledToFloat,
  scaledToInteger,
  toFloat4,
} from './numbers.js';
import { floatToNumeric, integerToNumeric, keyToFloat, numericToNumeric } from './to-numeric.js';
import { textSqlOf } from './to-text.js';

const STRINGS: ReadonlySet<TypeKey> = new Set<TypeKey>(['text', 'varchar', 'bpchar', 'name', 'citext']);

/** The stored form of one type as that of another; `undefined` where SQLite has no exact way. */
export function convertedSql(sql: string, from: PgType, to: PgType, kind: CastContext): CastSql {
  if (STRINGS.has(to.key)) {
    // Its text is the output function's: 't' for true.
    if (to.key === 'name' && (from.key === 'bool' || from.key === 'inet' || from.key === 'cidr')) return undefined;
    const text = from.key === to.key && from.key === 'citext' ? sql : textSqlOf(sql, from);
    return text === undefined ? undefined : limitedSql(text, to, kind);
  }
  // An input function is given the blanks of a bpchar too.
  if (STRINGS.has(from.key)) return sqlOfText(from.key === 'bpchar' ? sql : (textSqlOf(sql, from) ?? sql), to);
  if (isInteger(from.key)) return fromInteger(sql, from.key, to);
  switch (from.key) {
    case 'bool':
      return to.key === 'bool' || to.key === 'int4' ? sql : undefined;
    case 'float4':
    case 'float8':
      return fromFloat(sql, from.key, to);
    case 'numeric':
      return fromNumeric(sql, from, to);
    case 'array':
      return isStoredAlike(from, to) ? sql : elementwise(sql, from, to, kind);
    case 'json':
      return to.key === 'jsonb' ? jsonbOfText(sql) : sql;
    case 'jsonb':
      return to.key === 'json' || to.key === 'jsonb' ? sql : ofJsonb(sql, to);
    case 'cidr':
      return to.key === 'cidr' || to.key === 'inet' ? sql : undefined;
    case 'enum':
      return from.key === to.key ? sql : undefined;
    default:
      return fromDateTime(sql, from, to);
  }
}

/** By way of numeric, as PostgreSQL does it. */
function ofJsonb(sql: string, to: PgType): CastSql {
  const numeric: PgType = { key: 'numeric' };
  return scalarOfJsonb(sql, to, (text) => {
    if (to.key === 'float4' || to.key === 'float8' || to.key === 'numeric') return sqlOfText(text, to);
    const key = sqlOfText(text, numeric);
    return key === undefined ? undefined : fromNumeric(key, numeric, to);
  });
}

function isInteger(key: TypeKey): key is IntegerKey {
  return key === 'int2' || key === 'int4' || key === 'int8' || key === 'oid';
}

function fromInteger(sql: string, from: IntegerKey, to: PgType): CastSql {
  if (isInteger(to.key)) return integerToInteger(sql, from, to.key);
  if (to.key === 'bool') return `(${sql} <> 0)`;
  if (to.key === 'float4' || to.key === 'float8') return integerToFloat(sql, to.key);
  return to.key === 'numeric' ? integerToNumeric(sql, to) : undefined;
}

function fromFloat(sql: string, from: 'float4' | 'float8', to: PgType): CastSql {
  if (to.key === from || to.key === 'float8') return sql;
  if (to.key === 'float4') return toFloat4(sql);
  if (isInteger(to.key)) return floatToInteger(sql, to.key);
  return to.key === 'numeric' ? floatToNumeric(sql, from, to) : undefined;
}

function fromNumeric(sql: string, from: PgType, to: PgType): CastSql {
  if (to.key === 'numeric') return numericToNumeric(sql, from, to);
  if (isInteger(to.key)) return from.scale === undefined ? keyToInteger(sql, to.key) : scaledToInteger(sql, from.scale, to.key);
  if (to.key !== 'float4' && to.key !== 'float8') return undefined;
  return from.scale === undefined ? keyToFloat(sql, to.key) : scaledToFloat(sql, from.scale, to.key);
}

/** Arrays of texts, and of integers that only grow. */
function isStoredAlike({ element: from }: PgType, { element: to }: PgType): boolean {
  if (!from || !to) return false;
  if (from.key === to.key) return to.modifiers === undefined && from.scale === to.scale && !(from.key === 'numeric' && from.modifiers);
  const isPlainText = (type: PgType) => ['text', 'varchar'].includes(type.key);
  if (isPlainText(from) || from.key === 'enum') return isPlainText(to) && to.modifiers === undefined;
  return isInteger(from.key) && isInteger(to.key) && integerToInteger('x', from.key, to.key) === 'x';
}

/** The array with each element cast. */
function elementwise(sql: string, { element: from }: PgType, { element: to }: PgType, kind: CastContext): CastSql {
  const value = from && to && convertedSql(elementValue('e.atom', from), from, to, kind);
  if (!to || value === undefined) return undefined;
  return repeated([sql], (x = '') => `iif(${x} IS NULL, NULL, ${mappedElements(x, 'e', elementJson(value, to))})`);
}

function fromDateTime(given: string, from: PgType, to: PgType): CastSql {
  // The statement's time comes as a bare placeholder, and the driver binds what is beyond 32 bits as REAL.
  const sql = /^\?\d+$/.test(given) ? bindInteger(given) : given;
  const [precision = 6] = to.modifiers ?? [];
  const isTimestamp = to.key === 'timestamp' || to.key === 'timestamptz';
  switch (from.key) {
    case 'date':
      return isTimestamp ? dateToTimestamp(sql) : to.key === 'date' ? sql : undefined;
    case 'timestamp':
    case 'timestamptz':
      if (isTimestamp) return timestampRounded(sql, Number(precision));
      if (to.key === 'date') return timestampToDate(sql);
      return to.key === 'time' ? timeRounded(timestampToTime(sql), Number(precision)) : undefined;
    case 'time':
      if (to.key === 'interval' && to.modifiers === undefined) return timeText(sql);
      return to.key === 'time' ? timeRounded(sql, Number(precision)) : undefined;
    default:
      return from.key === to.key && to.modifiers === undefined ? sql : undefined;
  }
}
