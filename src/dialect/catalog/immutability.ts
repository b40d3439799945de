import { PgError } from '../pg-error.js';
import type { Expression, TypeName } from '../sql/ast.js';
import { some } from '../translate/walk.js';
import type { PgType, TypeKey } from '../types/pg-type.js';
import type { TypeOf } from './expression-types.js';

/** Functions whose answer may be another one later (pg_proc.provolatile is not `i`, PostgreSQL 17), whatever their arguments are. */
const CHANGING = new Set(
  (
    'now clock_timestamp statement_timestamp transaction_timestamp timeofday random gen_random_uuid uuid_generate_v4 uuid_generate_v1 nextval ' +
    'currval setval age to_char to_date to_timestamp to_number concat concat_ws format array_to_string string_agg to_json to_jsonb row_to_json ' +
    'jsonb_build_object json_build_object jsonb_build_array json_build_array current_setting current_user session_user user ' +
    'current_database current_schema version pg_backend_pid quote_literal gen_random_bytes'
  ).split(' '),
);
const KEYWORDS = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_user',
  'session_user',
]);
/** With a time zone they depend on the session's. */
const OF_TIMES = new Set(['date_trunc', 'date_part', 'extract']);
const CONFIGURED = new Set(['to_tsvector', 'to_tsquery', 'plainto_tsquery', 'phraseto_tsquery', 'websearch_to_tsquery']);

const DAYS: ReadonlySet<TypeKey> = new Set<TypeKey>(['date', 'time', 'timetz', 'timestamp']);
const TEXTS: ReadonlySet<TypeKey> = new Set<TypeKey>(['text', 'varchar', 'bpchar', 'citext', 'name']);
/** What such a type is printed as, or read from, depends on settings or on what else is defined. */
const SPELLED: ReadonlySet<TypeKey> = new Set<TypeKey>([...DAYS, 'timestamptz', 'interval', 'enum', 'array']);

/** @throws PgError where an index's expression or predicate may have another value for the same row later */
export function refuseChanging(
  node: Expression,
  what: 'expression' | 'predicate',
  typeOf: TypeOf,
  resolve: (type: TypeName) => PgType,
): void {
  if (!some(node, (each) => isChanging(each, typeOf, resolve))) return;
  throw new PgError('42P17', `functions in index ${what} must be marked IMMUTABLE`);
}

function isChanging(node: Expression, typeOf: TypeOf, resolve: (type: TypeName) => PgType): boolean {
  if (node.kind === 'keyword') return KEYWORDS.has(node.word);
  if (node.kind === 'cast') return node.operand.kind !== 'literal' && isChangingCast(typeOf(node.operand), resolve(node.type));
  if (node.kind !== 'call') return false;
  const name = node.path.at(-1) ?? '';
  if (CHANGING.has(name)) return true;
  if (CONFIGURED.has(name)) return node.args.length === 1;
  return OF_TIMES.has(name) && node.args.length === 2 && node.args.some((argument) => typeOf(argument)?.key === 'timestamptz');
}

function isChangingCast(from: PgType | undefined, to: PgType): boolean {
  if (from === undefined || from.key === to.key) return false;
  if (TEXTS.has(from.key)) return SPELLED.has(to.key);
  if (TEXTS.has(to.key)) return SPELLED.has(from.key);
  return (from.key === 'timestamptz' && DAYS.has(to.key)) || (DAYS.has(from.key) && to.key === 'timestamptz');
}
