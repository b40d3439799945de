import type { Role } from '../index.js';
import { EXIT_FAILED, EXIT_WRONG_USE, exitCodeOf } from './exit-codes.js';
import type { MigrationRun } from '../migrations/index.js';
import { Stopped } from './stopped.js';

/** An error, the database that it is about, and the migrations that had run before. */
export class DatabaseFailure extends Error {
  constructor(
    readonly database: Role,
    override readonly cause: unknown,
    readonly migrations: readonly MigrationRun[] = [],
  ) {
    super(messageOf(cause), { cause });
  }
}

/** How a command that failed tells it and ends. */
export interface Failure {
  readonly exitCode: number;
  /** For people: what happened and what to do; without a stack unless it was asked for. */
  readonly text: string;
  /** For programs. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** What to say of an error; `verbose` adds the stack. */
export function failureOf(thrown: unknown, verbose: boolean): Failure {
  const { error, database, migrations } = opened(thrown);
  const message = messageOf(error);
  const cause = causeOf(error, message);
  const stack = verbose ? stackOf(error) : undefined;
  const lines = [
    `sequelize-resilient: ${database === undefined || message.includes(database) ? '' : `${database}: `}${message}`,
    ...(cause === undefined ? [] : [`  because: ${cause}`]),
    ...(stack === undefined ? [] : [stack]),
    ...(isOurs(error) || verbose ? [] : ['  (--verbose tells where it comes from)']),
  ];
  const told = { code: codeOf(error) ?? 'FAILED', message, ...plainFields(error), ...defined({ database, cause, stack }) };
  return { exitCode: exitCodeFor(error), text: lines.join('\n'), document: defined({ error: told, migrations }) };
}

function opened(thrown: unknown): { error: unknown; database?: Role; migrations?: readonly MigrationRun[] } {
  if (thrown instanceof DatabaseFailure) return { error: thrown.cause, database: thrown.database, migrations: thrown.migrations };
  return thrown instanceof Stopped ? { error: thrown, migrations: thrown.migrations } : { error: thrown };
}

/** Codes of errors that say that what was asked for, or how, can't be used. */
const WRONG_USE: readonly unknown[] = ['USAGE', 'CONFIGURATION'];

/** Whether it says that the command line or the configuration can't be used. */
export const isWrongUse = (error: unknown): boolean => WRONG_USE.includes(codeOf(error));

function exitCodeFor(error: unknown): number {
  if (error instanceof Stopped) return exitCodeOf(error.signal);
  return isWrongUse(error) ? EXIT_WRONG_USE : EXIT_FAILED;
}

/** The text of an error; one of several attempts (an AggregateError) has none of its own. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  const { errors } = error as { errors?: unknown };
  return Array.isArray(errors) && errors.length > 0 ? messageOf(errors[0]) : (codeOf(error) ?? error.name);
}

export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** Causes may go round in a circle. */
const MOST_CAUSES = 10;

/** What it was caused by, where the message does not tell that already. */
function causeOf(error: unknown, message: string): string | undefined {
  const { cause } = Object(error) as { cause?: unknown };
  if (cause === undefined || cause === null) return undefined;
  const text = messageOf(cause);
  return message.includes(text) ? undefined : text;
}

/** The stacks of an error and of its causes: of a migration that failed the last one tells its line. Without their data, which may be secrets. */
function stackOf(error: unknown): string | undefined {
  const stacks: string[] = [];
  for (let at = error; at instanceof Error && stacks.length < MOST_CAUSES; at = at.cause) stacks.push(at.stack ?? String(at));
  return stacks.length === 0 ? undefined : stacks.join('\ncaused by ');
}

/** By the name of the base class: an error may come from another copy of this package. */
function isOurs(error: unknown): boolean {
  for (let at: unknown = error; at !== null && at !== undefined; at = Object.getPrototypeOf(at) as unknown) {
    if ((at as { constructor?: { name?: unknown } }).constructor?.name === 'ResilienceError') return true;
  }
  return false;
}

const TOLD_OTHERWISE = ['name', 'message', 'code', 'stack', 'cause', 'migrations'];

/** The data of an error of this library: all of it is meant to be told. */
function plainFields(error: unknown): Record<string, unknown> {
  if (!isOurs(error)) return {};
  return Object.fromEntries(Object.entries(error as object).filter(([name]) => !TOLD_OTHERWISE.includes(name)));
}

const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
