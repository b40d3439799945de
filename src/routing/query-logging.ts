import type { Engine, Role } from '../words.js';
import type { Router } from './router.js';

/** Where a statement ran. A program's logging function finds it as `database` in its last argument, Sequelize's options of the query. */
interface StatementDatabase {
  readonly role: Role;
  readonly engine: Engine;
  /** That of the activation; `null` where the instance is not active yet: migrations and schema steps run first. */
  readonly epoch: number | null;
}

/** What Sequelize's `log` is called with for a statement: its text, the milliseconds where they are measured, the query's options. */
type StatementLine = readonly [text: string, ...timing: unknown[], options: { readonly logging: unknown }];

const STATEMENT = /^Execut(?:ing|ed) \(/;

/** Whether `log` was called for a statement that is logged somewhere (lib/dialects/abstract/query.js of sequelize 6.37.8, _logQuery). */
function isStatementLine(args: readonly unknown[]): args is StatementLine {
  const text = args[0];
  const options = args.at(-1);
  const isLogged = typeof options === 'object' && options !== null && Boolean((options as { logging?: unknown }).logging);
  return isLogged && typeof text === 'string' && STATEMENT.test(text);
}

/**
 * What `log` was called with, where that is a statement: with the database and the epoch that it runs on.
 *
 * What the connection logs gets a comment at the end of the text, so that a line stays valid SQL where Sequelize adds its
 * `Elapsed time`. A call with a logging function of its own gets the text as Sequelize made it: programs compare it.
 *
 * @param connectionLogging where the connection's statements are logged to; asked for only where it matters
 */
export function withDatabaseNamed(args: readonly unknown[], router: Router, connectionLogging: () => unknown): readonly unknown[] {
  if (!isStatementLine(args)) return args;
  const { role, engine } = router.instance;
  const epoch = router.epochOf(router.instance);
  const options = args.at(-1) as { readonly logging: unknown };
  const database: StatementDatabase = { role, engine, epoch: epoch ?? null };
  const comment = ` -- ${engine}, ${epoch === undefined ? 'preparing' : `epoch ${epoch}`}`;
  const text = options.logging === connectionLogging() ? args[0] + comment : args[0];
  return [text, ...args.slice(1, -1), { ...options, database }];
}
