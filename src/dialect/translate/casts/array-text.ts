import type { PgType } from '../../types/pg-type.js';
import { elementValue, mappedElements } from '../operators/array-sql.js';
import { repeated } from '../repeated.js';
import type { CastSql } from './numbers.js';

/** PostgreSQL's text of a stored array; `output` writes an element, where SQLite can. */
export function arrayText(sql: string, element: PgType, output: (value: string, type: PgType) => CastSql): CastSql {
  const value = output(elementValue('`e`.atom', element), element);
  if (value === undefined) return undefined;
  const item = `iif(\`e\`.type = 'null', 'NULL', ${element.key === 'bool' ? value : quotedItem(value)})`;
  return repeated([sql], (array = '') => `iif(${array} IS NULL, NULL, ${mappedElements(array, '`e`', item, '{}')})`);
}

/** Between quotes where it would not be read back as it is (array_out in src/backend/utils/adt/arrayfuncs.c). */
function quotedItem(text: string): string {
  return repeated([text], (x = '') => {
    const blanks = 'char(9, 10, 11, 12, 13, 32)';
    const isSpecial = `${x} = '' OR upper(${x}) = 'NULL' OR ${x} GLOB '*["\\{},' || ${blanks} || ']*'`;
    return `iif(${isSpecial}, '"' || replace(replace(${x}, '\\', '\\\\'), '"', '\\"') || '"', ${x})`;
  });
}
