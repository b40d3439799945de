import { createHash } from 'node:crypto';
import { ConfigurationError } from '../index.js';
import { checkName, shownValue } from './arguments.js';
import { SchemaChangeError } from './schema-change.js';

const SUFFIX = '_full_text';
const LONGEST = 63;

/** The name of the index where none is given: of the table and its columns, short enough for PostgreSQL. */
export function fullTextName(table: string, columns: readonly string[]): string {
  const name = `${[table, ...columns].join('_')}${SUFFIX}`;
  if (Buffer.byteLength(name) <= LONGEST) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  let start = name;
  while (Buffer.byteLength(`${start}_${hash}${SUFFIX}`) > LONGEST) start = start.slice(0, -1);
  return `${start}_${hash}${SUFFIX}`;
}

/** @throws ConfigurationError where they are no columns */
export function columnList(columns: string | readonly string[]): readonly string[] {
  const list = typeof columns === 'string' ? [columns] : columns;
  if (!Array.isArray(list) || list.length === 0) throw new ConfigurationError('columns', 'must be a column or more', shownValue(columns));
  for (const column of list as readonly string[]) checkName('column', column);
  if (new Set(list).size < list.length) throw new ConfigurationError('columns', 'must not name a column twice', list.join(', '));
  return list as readonly string[];
}

/** The language of an index or search. @throws ConfigurationError */
export function languageName(language: string | undefined = 'simple'): string {
  if (!/^[a-z][a-z_]*$/.test(language)) {
    throw new ConfigurationError(
      'language',
      "must be a text search configuration of PostgreSQL, e.g. 'simple' or 'english'",
      `'${language}'`,
    );
  }
  return language;
}

/** What else has the name is not ours to remove. */
export function takenName(subject: string, name: string): SchemaChangeError {
  return new SchemaChangeError(subject, `"${name}" is there and no full-text index`, 'Pass another name.');
}
