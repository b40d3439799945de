import { EventEmitter } from 'node:events';
import { PgError } from '../../../src/dialect/pg-error.js';
import { answerCatalogQuestion } from '../../../src/dialect/catalog/catalog-answers.js';
import { readCatalog, type StoredCatalog } from '../../../src/dialect/catalog/catalog-store.js';
import { constraintError } from '../../../src/dialect/catalog/constraint-errors.js';
import { runDefinition } from '../../../src/dialect/catalog/definitions.js';
import type { SqlSession } from '../../../src/dialect/catalog/session.js';
import type { DataStatement, DefinitionStatement, Statement } from '../../../src/dialect/sql/ast.js';
import { maskText } from '../../../src/dialect/sql/lexer.js';
import { parseStatements } from '../../../src/dialect/sql/parser.js';
import { translate } from '../../../src/dialect/translate/translation.js';
import { type Stored } from '../../../src/dialect/types/codec.js';
import { codecFor } from '../../../src/dialect/types/codecs.js';

type Callback = (error: unknown, result?: unknown) => void;

const DATA = new Set(['select', 'insert', 'update', 'delete']);
const DEFINITIONS = /^(?:create|alter|drop|comment|truncate)/;

/** A client of `pg` over one SQLite session, as small as the tests of the catalog need it: definitions, questions and plain statements. */
export class CatalogClient extends EventEmitter {
  readonly connection = new EventEmitter();
  readonly #session: SqlSession;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    session: SqlSession,
    private readonly database: string,
  ) {
    super();
    this.#session = session;
  }

  connect(done: Callback): void {
    this.connection.emit('parameterStatus', { parameterName: 'server_version', parameterValue: '15.0' });
    this.connection.emit('parameterStatus', { parameterName: 'standard_conforming_strings', parameterValue: 'on' });
    done(null);
  }

  end(done: Callback): void {
    done(null);
  }

  query(text: string, values?: unknown[] | Callback, done?: Callback): Promise<unknown> | undefined {
    const callback = typeof values === 'function' ? values : done;
    const answer = this.#queue.then(() => this.#answer(text, Array.isArray(values) ? values : []));
    this.#queue = answer.catch(() => undefined);
    if (callback === undefined) return answer;
    answer.then((result) => callback(null, result), callback);
    return undefined;
  }

  async #answer(text: string, values: unknown[]): Promise<unknown> {
    let catalog = (await readCatalog(this.#session)).withNames({ database: this.database, user: 'postgres' });
    const answered = answerCatalogQuestion(text, catalog);
    if (answered !== undefined) return answered;
    const { literals } = maskText(text);
    const results: unknown[] = [];
    for (const { statement, structural } of parseStatements(text)) {
      if (DEFINITIONS.test(statement.kind)) {
        await this.#session.run('SAVEPOINT definition');
        try {
          const defined = await runDefinition(statement as DefinitionStatement, this.#session, catalog);
          catalog = defined.catalog;
          results.push({ command: defined.command, rowCount: null, rows: [], fields: [] });
        } catch (error) {
          await this.#session.run('ROLLBACK TO definition');
          throw constraintError(error as Error, catalog) ?? error;
        } finally {
          await this.#session.run('RELEASE definition');
        }
      } else {
        results.push(
          DATA.has(statement.kind)
            ? await this.#data(statement, structural, catalog, literals, values)
            : { command: 'SET', rowCount: null, rows: [], fields: [] },
        );
      }
    }
    return results.length === 1 ? results[0] : results;
  }

  async #data(
    statement: Statement,
    structural: ReadonlySet<number>,
    catalog: StoredCatalog,
    literals: readonly string[],
    values: unknown[],
  ): Promise<unknown> {
    const plan = translate(statement as DataStatement, catalog, structural);
    const bound = plan.slots.map(({ source, convert }) => {
      if (source.from === 'now') return convert(new Date().getTime() * 1000);
      const value = source.from === 'literal' ? literals[source.slot] : values[source.number - 1];
      return value === null || value === undefined ? null : convert(value);
    });
    try {
      const rows = await this.#session.all(plan.sql, bound);
      const columns = plan.columns ?? [];
      return {
        command: plan.command,
        rowCount: rows.length,
        fields: columns.map(({ name }) => ({ name })),
        rows: rows.map((row) =>
          Object.fromEntries(
            columns.map(({ name, type, decode }, index) => {
              const stored = (row[String(index)] ?? null) as Stored;
              if (stored === null) return [name, null];
              return [name, decode ? decode(stored) : codecFor(type).toJs(stored)];
            }),
          ),
        ),
      };
    } catch (error) {
      throw error instanceof PgError ? error : (constraintError(error as Error, catalog, plan.table, { command: plan.command }) ?? error);
    }
  }
}
