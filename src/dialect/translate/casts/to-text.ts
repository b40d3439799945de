import type { PgType } from '../../types/pg-type.js';
import { repeated } from '../repeated.js';
import { arrayText } from './array-text.js';
import { dateText, timestampText, timeText } from './date-times.js';
import { networkText } from './network-text.js';
import type { CastSql } from './numbers.js';

/** Types that are stored as the text that PostgreSQL prints. */
const STORED_AS_TEXT: ReadonlySet<string> = new Set([
  'text',
  'varchar',
  'name',
  'uuid',
  'enum',
  'interval',
  'json',
  'jsonb',
  'macaddr',
  'macaddr8',
  'tsvector',
  'tsquery',
  'regclass',
]);

/** PostgreSQL's text of a value; `undefined` where SQLite can't write it. */
export function textSqlOf(sql: string, type: PgType): CastSql {
  if (STORED_AS_TEXT.has(type.key)) return sql;
  switch (type.key) {
    case 'bool':
      return `(CASE ${sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)`;
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
      return `CAST(${sql} AS TEXT)`;
    case 'numeric':
      return type.scale === undefined ? undefined : scaledText(sql, type.scale);
    case 'bpchar':
      return `rtrim(${sql}, ' ')`;
    case 'citext':
      return `(${sql} COLLATE BINARY)`;
    case 'bytea':
      return repeated([sql], (x = '') => `iif(${x} IS NULL, NULL, '\\x' || lower(hex(${x})))`);
    case 'date':
      return dateText(sql);
    case 'time':
      return timeText(sql);
    case 'timestamp':
      return timestampText(sql, '');
    case 'timestamptz':
      return timestampText(sql, '+00');
    case 'inet':
    case 'cidr':
      return networkText(sql);
    case 'array':
      return type.element && arrayText(sql, type.element, outputSql);
    default:
      return undefined;
  }
}

/** Whose cast to text is not what their output function writes: true and t, 10.0.0.1/32 and 10.0.0.1. */
const WRITTEN_OTHERWISE: ReadonlySet<string> = new Set(['inet', 'cidr', 'numeric', 'array']);

/** What the type's output function writes of an element of an array; `undefined` where only its codec knows. */
export function outputSql(value: string, type: PgType): CastSql {
  if (type.key === 'bool') return `iif(${value}, 't', 'f')`;
  if (type.key === 'bpchar') return value;
  return WRITTEN_OTHERWISE.has(type.key) ? undefined : textSqlOf(value, type);
}

function scaledText(sql: string, scale: number): string {
  if (scale === 0) return `CAST(${sql} AS TEXT)`;
  const unit = 10n ** BigInt(scale);
  return repeated(
    [sql],
    (x = '') =>
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${x} = 'NaN' THEN 'NaN' ` +
      `ELSE printf('%s%d.%0${scale}d', iif(${x} < 0, '-', ''), abs(${x} / ${unit}), abs(${x} % ${unit})) END`,
  );
}
