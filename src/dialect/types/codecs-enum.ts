import { PgError } from '../pg-error.js';
import { check, classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { formatType } from './format-type.js';
import type { PgType } from './pg-type.js';

export function enumCodec(type: PgType): Codec {
  const labels = new Set(type.enum?.labels);
  const name = formatType(type);
  return {
    type,
    affinity: 'TEXT',
    input(text) {
      if (labels.has(text)) return committed(text, type);
      throw new PgError('22P02', `invalid input value for enum ${name}: "${text}"`);
    },
    output: String,
    toJs: String,
    fromJs: (value) => (typeof value === 'string' && labels.has(value) ? value : undefined),
    orderKey: (sql) => `CASE ${sql}${[...labels].map((label, index) => ` WHEN ${quoted(label)} THEN ${index}`).join('')} END`,
    checks: (column) => [
      classCheck(column, name, 'text'),
      check(column, '22P02', `invalid input value for enum ${name}`, `${column} IN (${[...labels].map(quoted).join(', ')})`),
    ],
  };
}

/** @throws PgError where the transaction itself has added the label (check_safe_enum_use of src/backend/utils/adt/enum.c, 17) */
function committed(label: string, type: PgType): string {
  if (Array.isArray(type.enum?.uncommitted) && type.enum.uncommitted.includes(label)) {
    throw new PgError('55P04', `unsafe use of new value "${label}" of enum type ${formatType(type)}`, {
      hint: 'New enum values must be committed before they can be used.',
    });
  }
  return label;
}

function quoted(label: string): string {
  return `'${label.replaceAll("'", "''")}'`;
}
