import { UnsupportedOnFallbackError } from '../../errors.js';
import { type FoundSequence, nameParts, sequenceNamed, serialSequence } from '../catalog/sequences.js';
import type { Call, Expression, SelectCore, SelectStatement } from '../sql/ast.js';
import type { PgType } from '../types/pg-type.js';
import { storedSql } from './bind.js';
import { coerce } from './coerce.js';
import { quoteName } from './quote.js';
import { raiseAboutSql } from './raise.js';
import { columnName, readable, resultColumns } from './result-columns.js';
import { some } from './walk.js';
import type { Translation, Typed } from './typed.js';
import type { Written } from './written.js';

const INT8: PgType = { key: 'int8' };

/** `SELECT setval(…)` and `SELECT nextval(…)`, which write: SQLite keeps the numbers in a table. Other statements are `undefined`. */
export function sequenceStatement(statement: SelectStatement, context: Translation): Written | undefined {
  const { body } = statement;
  if (body.kind !== 'core' || body.items.length !== 1) return undefined;
  const [item] = body.items;
  const call = item?.expression.kind === 'call' ? item.expression : undefined;
  const name = call?.path.at(-1);
  if (call === undefined || (name !== 'setval' && name !== 'nextval')) return undefined;
  const sequence = sequenceOf(call.args[0], context);
  const [seq, result] =
    name === 'setval' ? setting(call, statement, body, sequence, context) : [next(statement, body, sequence), 'seq' as const];
  const typed = readable({ sql: result, type: INT8 }, context);
  return {
    command: 'SELECT',
    sql: `UPDATE sqlite_sequence SET seq = ${seq} WHERE name = ${storedSql(sequence.table.storedName)} RETURNING ${typed.sql} AS \`0\``,
    columns: resultColumns([{ name: item?.alias ?? columnName(call, context), typed }]),
    writes: true,
  };
}

/** A sequence that is said by its name, or by the table and column that it is for. */
function sequenceOf(node: Expression | undefined, context: Translation): FoundSequence {
  const text = node && constantText(node, context);
  if (text === undefined) throw refused('A sequence that is not said by its name');
  return sequenceNamed(nameParts(text), context.catalog);
}

function constantText(node: Expression, context: Translation): string | undefined {
  if (node.kind === 'cast') return constantText(node.operand, context);
  if (node.kind === 'literal') return context.valueOf(node);
  if (node.kind !== 'call' || node.path.at(-1) !== 'pg_get_serial_sequence') return undefined;
  const [table, column] = node.args.map((arg) => constantText(arg, context));
  return table === undefined || column === undefined ? undefined : (serialSequence(table, column, context.catalog) ?? undefined);
}

/** SQL of what is written, and of what is answered. */
function setting(
  call: Call,
  statement: SelectStatement,
  core: SelectCore,
  sequence: FoundSequence,
  context: Translation,
): readonly [seq: string, result: string] {
  const [, node, called] = call.args;
  if (node === undefined || (called !== undefined && (called.kind !== 'keyword' || !['true', 'false'].includes(called.word))))
    throw refused('setval() with other arguments than a number and true or false');
  const { sql } = coerce(valueOf(node, statement, core, context), INT8, context);
  const bounds = `setval: value `;
  const most = sequence.type.key === 'int2' ? '32767' : sequence.type.key === 'int4' ? '2147483647' : '9223372036854775807';
  const raise = raiseAboutSql('22003', bounds, sql, ` is out of bounds for sequence "${sequence.name}" (1..${most})`);
  const checked = `iif(${sql} NOT BETWEEN 1 AND ${most}, ${raise}, ${sql})`;
  const isNext = called?.kind === 'keyword' && called.word === 'false';
  return [`coalesce(${checked}${isNext ? ' - 1' : ''}, seq)`, sql];
}

function valueOf(node: Expression, statement: SelectStatement, core: SelectCore, context: Translation): Typed {
  if (core.from.length === 0) return context.expression(node, { sources: [] });
  const isOneRow = core.groupBy.length === 0 && some(node, (part) => part.kind === 'call' && AGGREGATES.has(part.path.at(-1) ?? ''));
  if (!isOneRow) throw refused('setval() for each row of a query');
  const { sql, columns } = context.select({ ...statement, body: { ...core, items: [{ expression: node }] } }, undefined);
  return { sql: `(${sql})`, type: columns[0]?.type ?? INT8 };
}

const AGGREGATES: ReadonlySet<string> = new Set(['max', 'min', 'count']);

function next(statement: SelectStatement, { from, where }: SelectCore, { table }: FoundSequence): string {
  if (from.length > 0 || where !== undefined || statement.limit !== undefined) throw refused('nextval() for each row of a query');
  return `max(seq, (SELECT coalesce(max(rowid), 0) FROM ${quoteName(table.storedName)})) + 1`;
}

const refused = (feature: string): UnsupportedOnFallbackError =>
  new UnsupportedOnFallbackError(feature, "Write SELECT setval('sequence', number) as a statement of its own.");
