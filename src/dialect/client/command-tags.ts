import type { DefinitionStatement } from '../sql/ast.js';

/** PostgreSQL's command tag of a definition; its messages use it too. */
export function commandTagOf(statement: DefinitionStatement): string {
  if (statement.kind === 'truncate') return 'TRUNCATE TABLE';
  if (statement.kind === 'drop') return `DROP ${statement.what.toUpperCase()}`;
  return statement.kind.toUpperCase();
}
