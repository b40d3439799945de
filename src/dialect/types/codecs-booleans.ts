import { PgError } from '../pg-error.js';
import { check, classCheck } from './checks.js';
import type { Codec } from './codec.js';
import { trimSpace } from './decimal.js';

const TRUE = /^(?:t|tr|tru|true|y|ye|yes|on|1)$/i;
const FALSE = /^(?:f|fa|fal|fals|false|n|no|of|off|0)$/i;

export const boolCodec: Codec = {
  type: { key: 'bool' },
  affinity: 'INTEGER',
  input(text) {
    const word = trimSpace(text);
    if (TRUE.test(word)) return 1;
    if (FALSE.test(word)) return 0;
    throw new PgError('22P02', `invalid input syntax for type boolean: "${text}"`);
  },
  output: (stored) => (isTrue(stored) ? 't' : 'f'),
  toJs: isTrue,
  fromJs: (value) => (typeof value === 'boolean' ? Number(value) : undefined),
  checks: (column) => [
    classCheck(column, 'boolean', 'integer'),
    check(column, '22P02', 'invalid input syntax for type boolean', `${column} IN (0, 1)`),
  ],
};

function isTrue(stored: unknown): boolean {
  return Number(stored) !== 0;
}
