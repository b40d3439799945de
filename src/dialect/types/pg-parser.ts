import pg from 'pg';
import { oidOf } from './oids.js';
import type { PgType } from './pg-type.js';

/** pg-types' own declarations know only the OIDs that it has names for. */
const parsers = pg.types as { getTypeParser(oid: number): (text: string) => unknown };

/** What `pg` itself makes of a type's text, unless the program has set a parser of its own. */
export function parsedByPg(type: PgType, text: string): unknown {
  return parsers.getTypeParser(oidOf(type))(text);
}
