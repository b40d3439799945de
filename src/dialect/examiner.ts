import { keysOf } from './catalog/automatic-names.js';
import { StoredCatalog } from './catalog/catalog-store.js';
import { withColumn } from './catalog/column-clauses.js';
import { columnsOf, withConstraint } from './catalog/constraint-clauses.js';
import { planTable } from './catalog/create-table.js';
import { withExtension, withSchema } from './catalog/definitions.js';
import { namerFor, tableOf } from './catalog/definition.js';
import { planIndex } from './catalog/indexes.js';
import { keyItems } from './catalog/key-columns.js';
import { indexSql } from './catalog/storage.js';
import { tableSql } from './catalog/table-sql.js';
import { runCreateType } from './catalog/types.js';
import { planView } from './catalog/views.js';
import { catalogAtStart } from './client/live-catalog.js';
import type { SessionStart } from './client/session-start.js';
import { Settings } from './client/settings.js';
import { type PlannedStatement, type PlannedText, TextPlanner } from './client/text-planner.js';
import type { AlterTableAction, CreateIndex, CreateTable, DefinitionStatement } from './sql/ast.js';
import { maskText } from './sql/lexer.js';
import { parseStatements } from './sql/parser.js';
import { PgError } from './pg-error.js';
import { culpritOf } from './translate/culprit.js';

export { StoredCatalog } from './catalog/catalog-store.js';

/** Finds out what the fallback makes of PostgreSQL's texts, without a file: nothing is run. */
export class Examiner {
  readonly #planner = new TextPlanner(() => String);

  /**
   * Examines a statement, or several. Of definitions that change something only new columns and constraints are. Answers whether the answer holds for these values only: another pattern or format may be refused.
   *
   * @throws PgError, UnsupportedOnFallbackError as the fallback would
   */
  dependsOnValues(text: string, catalog: StoredCatalog): boolean {
    let depends = false;
    let known = catalog;
    const { steps, literals } = this.#planner.plan(text, catalog);
    for (const step of steps) {
      const planned = step.kind === 'pending' ? this.#planner.planStatement(step, known) : step;
      if (planned.kind === 'planned') {
        depends ||= planned.plan.fixedLiterals.size > 0;
        readValues(planned, planned.caught?.literals ?? literals);
      } else if (planned.kind === 'set') new Settings().set(planned.name, planned.value);
      else if (isDefinition(planned)) known = after(planned, known);
    }
    return depends;
  }
}

/**
 * What PostgreSQL has taken and the fallback rejects with an error is about an enum or a length that the program has changed.
 *
 * @throws UnsupportedOnFallbackError where the fallback can't read a value that stands in the text
 */
function readValues({ plan }: PlannedStatement, literals: readonly string[]): void {
  for (const { source, convert } of plan.slots) {
    if (source.from !== 'literal') continue;
    try {
      convert(literals[source.slot]);
    } catch (error) {
      if (!(error instanceof PgError)) throw error;
    }
  }
}

type Step = PlannedText['steps'][number];

const isDefinition = (step: Step): step is DefinitionStatement => /^(?:create|alter) /.test(step.kind);

/** The catalog of a database without tables, as the program's sessions see it. */
export const emptyCatalog = (start: SessionStart): StoredCatalog => catalogAtStart(StoredCatalog.empty.withOtherIndexes(), start);

/**
 * The catalog after a definition that makes or adds something; any other leaves it as it is.
 *
 * @throws PgError, UnsupportedOnFallbackError as the fallback would
 */
export function definedIn(text: string, catalog: StoredCatalog): StoredCatalog {
  return parseStatements(text).reduce((known, { statement }) => after(statement as DefinitionStatement, known), catalog);
}

function after(statement: DefinitionStatement, catalog: StoredCatalog): StoredCatalog {
  switch (statement.kind) {
    case 'create table':
      return afterTable(statement, catalog);
    case 'create index':
      return afterIndex(statement, catalog);
    case 'create type':
      return runCreateType(statement, { catalog }).catalog;
    case 'create schema':
      return withSchema(statement, catalog);
    case 'create extension':
      return withExtension(statement.name, catalog);
    case 'create view':
      return catalog.withTables(planView(statement, catalog).view);
    case 'alter table':
      if (statement.ifExists && catalog.table(statement.name) === undefined) return catalog;
      return statement.actions.reduce((known, action) => afterAddition(action, statement.name, known), catalog);
    default:
      return catalog;
  }
}

/** Of what is done to a table only what is added to it is known. */
function afterAddition(action: AlterTableAction, name: readonly string[], catalog: StoredCatalog): StoredCatalog {
  if (action.type !== 'add column' && action.type !== 'add constraint') return catalog;
  const table = tableOf(name, catalog);
  const context = { catalog, namer: namerFor(catalog, table.schema) };
  if (action.type === 'add column') return catalog.withTables(withColumn(table, action.column, context));
  return catalog.withTables(withConstraint(table, action.constraint, context));
}

function afterTable(statement: CreateTable, catalog: StoredCatalog): StoredCatalog {
  const planned = planTable(statement, catalog);
  if (planned === undefined) return catalog;
  // Its CHECKs and calculated columns are translated with it.
  tableSql(planned.table, planned.catalog);
  for (const key of keysOf(planned.table)) keyItems(planned.table, key.columns);
  return planned.catalog;
}

function afterIndex(statement: CreateIndex, catalog: StoredCatalog): StoredCatalog {
  const planned = planIndex(statement, catalog);
  if (planned === undefined) return catalog;
  const { table, index } = planned;
  // One that only speeds up is left out where SQLite can't have it.
  if (index.unique && index.storedName !== undefined) indexSql({ ...index, storedName: index.storedName }, table, catalog);
  return catalog.withTables({ ...table, indexes: [...table.indexes, index] });
}

/** A text without its values, which nobody else is to see. */
export function withoutValues(text: string): string {
  try {
    return maskText(text)
      .key.replaceAll("''", "'…'")
      .replace(/(?<![\w$"])\d+(?![\w"])/g, '…');
  } catch {
    // Where its values can't be told from the rest, nothing of it is shown.
    return '';
  }
}

/** What is said of a text, without its values where they are named in it. */
export function withoutValuesOf(text: string, said: string): string {
  try {
    const values = maskText(text).literals.filter((value) => value.length > 1);
    const longestFirst = [...values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((left, value) => {
      const written = JSON.stringify(value);
      const quoted = left.replaceAll(written, '"…"').replaceAll(`"${value}"`, '"…"');
      return value.length < 4 ? quoted : quoted.replaceAll(value, '…');
    }, said);
  } catch {
    return said;
  }
}

/** The names of the columns in the part of a statement that could not be translated; none where that is not known. */
export function culpritColumns(error: object): string[] {
  const culprit = culpritOf(error);
  return culprit === undefined ? [] : columnsOf(culprit);
}
