import type { Sequelize } from 'sequelize';
import { UnsupportedOnFallbackError } from '../errors.js';
import { internalsOf, type ModelInternals } from '../sequelize-internals.js';
import type { ParityGuard } from './guard.js';

/** lib/dialects/postgres/query.js and lib/dialects/abstract/query.js of sequelize 6.37.8 */
interface QueryInternals {
  readonly options: { readonly model?: ModelInternals };
  /** The text as it was sent last. */
  readonly sql?: string;
  /** Sends a text, with its replacements and parameters in their places. */
  run(sql: string, parameters?: unknown): Promise<unknown>;
  formatError(error: Error, stack: string): Error;
}

interface DialectWithQuery {
  Query: new (...args: never[]) => QueryInternals;
}

/** What of the guard hears of statements on PostgreSQL. */
export type PrimaryWatcher = Pick<ParityGuard, 'isNew' | 'refusalOf' | 'noteAnswered'>;

/** Lets the guard see what one private Sequelize on PostgreSQL sends. Only its own objects are touched, no prototype. */
export function watchPrimary(sequelize: Sequelize, guard: PrimaryWatcher, isQuiet: () => boolean): void {
  const dialect = internalsOf(sequelize).dialect as unknown as DialectWithQuery;
  const Query = dialect.Query;
  dialect.Query = class extends Query {
    override run(sql: string, parameters?: unknown): Promise<unknown> {
      // Nearly all statements: like one that was examined.
      if (!guard.isNew(sql) || isQuiet()) return super.run(sql, parameters);
      const refusal = guard.refusalOf(sql, this.options.model);
      if (refusal !== undefined) return Promise.reject(refusal);
      return super.run(sql, parameters).then((result) => {
        // With a search path or short aliases another text is sent.
        guard.noteAnswered(this.sql ?? sql, this.options.model, sql);
        return result;
      });
    }
  };
}

/** Lets the guard hear what the fallback refuses. */
export function watchFallback(sequelize: Sequelize, guard: ParityGuard): void {
  const dialect = internalsOf(sequelize).dialect as unknown as DialectWithQuery;
  const Query = dialect.Query;
  dialect.Query = class extends Query {
    override formatError(error: Error, stack: string): Error {
      if (error instanceof UnsupportedOnFallbackError) guard.noteRefused(error, this.sql ?? '', this.options.model);
      return super.formatError(error, stack);
    }
  };
}
