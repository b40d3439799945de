import { PgError } from '../pg-error.js';
import { check, classCheck } from './checks.js';
import type { Codec } from './codec.js';

/** Hyphens may follow any group of four digits but the last, braces may surround all. */
const UUID = /^(?:\{((?:[0-9a-f]{4}-?){7}[0-9a-f]{4})\}|((?:[0-9a-f]{4}-?){7}[0-9a-f]{4}))$/i;
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const GROUPS = [8, 4, 4, 4, 12].map((length) => '[0-9a-f]'.repeat(length)).join('-');

export const uuidCodec: Codec = {
  type: { key: 'uuid' },
  affinity: 'TEXT',
  input(text) {
    const match = UUID.exec(text);
    if (!match) throw new PgError('22P02', `invalid input syntax for type uuid: "${text}"`);
    const digits = (match[1] ?? match[2] ?? '').replaceAll('-', '').toLowerCase();
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  },
  output: String,
  toJs: String,
  fromJs: (value) => (typeof value === 'string' && CANONICAL.test(value) ? value : undefined),
  checks: (column) => [
    classCheck(column, 'uuid', 'text'),
    check(column, '22P02', 'invalid input syntax for type uuid', `${column} GLOB '${GROUPS}'`),
  ],
};
