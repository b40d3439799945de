import type { PgType } from '../../types/pg-type.js';
import { refusedSql } from '../functions/refusal.js';
import { raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import type { CastContext } from './contexts.js';

/** What a written cast to `varchar(n)` or `char(n)` cuts off without a word. */
export function limitedText({ key, modifiers }: PgType): (text: string) => string {
  const [length] = modifiers ?? [];
  if ((key !== 'varchar' && key !== 'bpchar') || typeof length !== 'number') return (text) => text;
  return (text) => Array.from(text).slice(0, length).join('');
}

/** A text of SQLite as `varchar(n)`, `char(n)` or `name`: a written cast cuts, an assignment fails where more than blanks are too many. */
export function limitedSql(sql: string, { key, modifiers }: PgType, kind: CastContext): string {
  const [length] = modifiers ?? [];
  if (key === 'name') return repeated([sql], (x = '') => `iif(length(CAST(${x} AS BLOB)) > 63, ${nameTooLong()}, ${x})`);
  if ((key !== 'varchar' && key !== 'bpchar') || typeof length !== 'number') return sql;
  const cut = kind === 'explicit' ? `substr(${sql}, 1, ${length})` : checked(sql, key, length);
  return key === 'varchar' ? cut : repeated([cut], (x = '') => `(${x} || substr('${' '.repeat(length)}', length(${x}) + 1))`);
}

function nameTooLong(): string {
  return refusedSql('A text of more than 63 bytes as a name', 'Cut it in the program.');
}

function checked(sql: string, key: 'varchar' | 'bpchar', length: number): string {
  const name = key === 'varchar' ? 'character varying' : 'character';
  const raise = raiseSql('22001', `value too long for type ${name}(${length})`);
  return repeated([sql], (x = '') => `iif(length(rtrim(substr(${x}, ${length + 1}), ' ')) > 0, ${raise}, substr(${x}, 1, ${length}))`);
}
