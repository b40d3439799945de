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
      if (labels.has(text)) return text;
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

function quoted(label: string): string {
  return `'${label.replaceAll("'", "''")}'`;
}
