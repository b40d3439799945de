import type { TableDefinition } from '../catalog/catalog.js';
import type { QualifiedName } from '../sql/ast.js';
import { refuseView } from './assignment.js';
import { tableSource } from './from.js';
import type { Scope, Source, Translation } from './typed.js';

/** The table that a statement writes. SQLite's RETURNING knows no alias, so it keeps its own name there. */
export interface Target {
  readonly table: TableDefinition;
  readonly source: Source;
  /** What names mean where only the table is known, as in RETURNING. */
  readonly scope: Scope;
}

export function targetOf(name: QualifiedName, alias: string | undefined, parent: Scope, context: Translation): Target {
  const source = tableSource(name, alias, undefined, context);
  refuseView(source.table);
  return { table: source.table, source, scope: { sources: [source], parent } };
}
