import type { QueryInterface, TableName } from 'sequelize';
import { ConfigurationError } from '../index.js';
import { writeCheckedLabels } from './checked-labels.js';
import { enumCall, enumColumn } from './enum-column.js';
import { quotedType } from './enum-types.js';
import { done, SchemaChangeError, type SchemaChange } from './schema-change.js';
import { inStep, outsideOfTransactions, run, type Step, type StepOptions } from './step.js';
import type { EnumType } from './stored-columns.js';

/** Where a new value stands: before or after another one; at the end unless one of them is given. */
export interface AddEnumValueOptions extends StepOptions {
  before?: string;
  after?: string;
}

/**
 * Adds a value to an ENUM column, or to an array of them, unless it is there; its place among the values then is not looked at.
 *
 * Resolves to `changed` or `exists`. On PostgreSQL it is committed at once unless `transaction` is given: a value can't be used in the
 * transaction that has added it, and PostgreSQL before 12 adds none within one.
 *
 * @throws SchemaChangeError where there is no such table or column, it is no ENUM, or `before` or `after` is no value of it
 */
export async function addEnumValueSafe(
  queryInterface: QueryInterface,
  table: TableName,
  column: string,
  value: string,
  options: AddEnumValueOptions = {},
): Promise<SchemaChange> {
  const call = enumCall(queryInterface, table, column, [value]);
  const { before, after } = options;
  if (before !== undefined && after !== undefined)
    throw new ConfigurationError('before', 'must not be given together with after', `'${before}'`);
  const details = [`added the value '${value}'`];
  const left = await inStep(queryInterface, options, async (step): Promise<EnumType | 'exists' | 'changed'> => {
    const { relation, enumType, subject } = await enumColumn(step, call);
    if (enumType.labels.includes(value)) return 'exists';
    const labels = withValue(enumType.labels, value, { before, after }, subject);
    if (step.engine === 'postgres' && !step.isWithinAnother) return enumType;
    if (step.engine === 'sqlite') await writeCheckedLabels(step, relation, column, labels);
    else await addValue(step, enumType, value, { before, after });
    return 'changed';
  });
  if (left === 'exists') return done('exists', call.subject);
  if (left !== 'changed') await addValue(outsideOfTransactions(queryInterface, options), left, value, { before, after });
  return done('changed', call.subject, details);
}

type Place = { readonly before: string | undefined; readonly after: string | undefined };

async function addValue(step: Step, enumType: EnumType, value: string, { before, after }: Place): Promise<void> {
  const escape = (text: string): string => step.sequelize.escape(text);
  const place = before !== undefined ? ` BEFORE ${escape(before)}` : after !== undefined ? ` AFTER ${escape(after)}` : '';
  await run(step, `ALTER TYPE ${quotedType(enumType)} ADD VALUE IF NOT EXISTS ${escape(value)}${place}`);
}

function withValue(labels: readonly string[], value: string, { before, after }: Place, subject: string): string[] {
  const neighbour = before ?? after;
  if (neighbour === undefined) return [...labels, value];
  const at = labels.indexOf(neighbour);
  if (at < 0) throw new SchemaChangeError(subject, `'${neighbour}' is none of its values`, `They are ${labels.join(', ')}.`);
  return labels.toSpliced(before === undefined ? at + 1 : at, 0, value);
}
