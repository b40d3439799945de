import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { CreateTable } from '../sql/ast.js';
import { isTemporary, TEMPORARY } from './temporary-schema.js';
import type { StoredCatalog } from './stored-catalog.js';

/**
 * Where a temporary table is made. A server keeps it for the rest of the session, which here is nobody's: it is dropped when its
 * transaction ends, and what could tell the difference afterwards is refused.
 *
 * @throws UnsupportedOnFallbackError, PgError
 */
export function temporaryPlace(
  { name: path, ifNotExists, dropAtCommit }: CreateTable,
  catalog: StoredCatalog,
): { schema: string; name: string } {
  const [name = '', schema = TEMPORARY] = [...path].reverse();
  if (schema !== TEMPORARY) throw new PgError('42P16', 'cannot create temporary relation in non-temporary schema');
  if (dropAtCommit) return { schema, name };
  const hidden = catalog.table([name]);
  if (ifNotExists || (hidden && !isTemporary(hidden))) {
    throw new UnsupportedOnFallbackError(
      `A temporary table that ${ifNotExists ? 'may exist from an earlier transaction' : `hides the table ${name}`}`,
      'Add ON COMMIT DROP to it.',
    );
  }
  return { schema, name };
}
