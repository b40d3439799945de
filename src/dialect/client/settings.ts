import { UnsupportedOnFallbackError } from '../../errors.js';
import { PgError } from '../pg-error.js';
import type { SessionStatement } from '../sql/ast.js';
import { quoteIdentifier } from '../types/format-type.js';

/** What SHOW answers before anything was set. Parameters that change what statements mean have a rule of their own below. */
const DEFAULTS: Readonly<Record<string, string>> = {
  application_name: '',
  bytea_output: 'hex',
  check_function_bodies: 'on',
  client_encoding: 'UTF8',
  client_min_messages: 'notice',
  datestyle: 'ISO, MDY',
  default_transaction_deferrable: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  escape_string_warning: 'on',
  extra_float_digits: '1',
  idle_in_transaction_session_timeout: '0',
  intervalstyle: 'postgres',
  lc_messages: 'C',
  lc_monetary: 'C',
  lc_numeric: 'C',
  lc_time: 'C',
  lock_timeout: '0',
  log_statement: 'none',
  maintenance_work_mem: '64MB',
  max_identifier_length: '63',
  random_page_cost: '4',
  row_security: 'on',
  search_path: '"$user", public',
  server_encoding: 'UTF8',
  server_version: '15.0',
  server_version_num: '150000',
  standard_conforming_strings: 'on',
  statement_timeout: '0',
  synchronous_commit: 'on',
  timezone: 'UTC',
  transaction_deferrable: 'off',
  transaction_isolation: 'read committed',
  transaction_read_only: 'off',
  work_mem: '4MB',
  xmloption: 'content',
};

const FIXED: ReadonlySet<string> = new Set(['server_version', 'server_version_num', 'server_encoding', 'max_identifier_length']);

/** Values that mean what the fallback does anyway; others would change results, and are refused. */
const ONLY: Readonly<Record<string, RegExp>> = {
  bytea_output: /^hex$/i,
  client_encoding: /^(utf-?8|unicode|default)$/i,
  datestyle: /^iso(\s*,\s*\w+)?$/i,
  default_transaction_read_only: /^(off|false|no|0)$/i,
  intervalstyle: /^postgres$/i,
  standard_conforming_strings: /^(on|true|yes|1)$/i,
  timezone: /^(utc|etc\/utc|gmt|uct|zulu|z|(interval\s+)?[+-]?0{1,2}(:00)?(\s+hour to minute)?|default|local)$/i,
};

/** The run-time parameters of one session (`SET`, `SHOW`). */
export class Settings {
  readonly #set = new Map<string, string>();

  /** @throws PgError 42704, 55P02; UnsupportedOnFallbackError where the value would change what statements mean */
  set(name: string, written: string): void {
    const value = unquoted(written);
    if (!(name in DEFAULTS) && !name.includes('.')) throw new PgError('42704', `unrecognized configuration parameter "${name}"`);
    if (FIXED.has(name)) throw new PgError('55P02', `parameter "${name}" cannot be changed`);
    const only = ONLY[name];
    if (only !== undefined && !only.test(value)) {
      throw new UnsupportedOnFallbackError(`SET ${name} = ${value}`, `Leave ${name} at its default, ${DEFAULTS[name] ?? ''}.`);
    }
    if (/^default$/i.test(written.trim())) this.#set.delete(name);
    else this.#set.set(name, name === 'search_path' ? itemsOf(written).map(quoteIdentifier).join(', ') : value);
  }

  /** `start` is what the session began with. @throws PgError 42704 */
  show(name: string, start: Readonly<Record<string, string>>): string {
    const value = this.#set.get(name) ?? start[name] ?? DEFAULTS[name];
    if (value === undefined) throw new PgError('42704', `unrecognized configuration parameter "${name}"`);
    return value;
  }

  /** The answer to set_config() and current_setting(). NULL is what a parameter has that was given no value. @throws PgError 42704; UnsupportedOnFallbackError */
  config({ items }: Extract<SessionStatement, { kind: 'config' }>, start: Readonly<Record<string, string>>): Record<string, string> {
    const answers = items.map(({ name, label, value, mayBeMissing }) => {
      const key = name.toLowerCase();
      if (value !== undefined) this.#set.set(key, value ?? '');
      if (mayBeMissing === true && !this.#set.has(key) && start[key] === undefined) {
        // On a server it is NULL, or empty where an earlier transaction of the same connection has set it.
        throw new UnsupportedOnFallbackError(
          `The parameter ${name}, which this transaction has not set,`,
          'Set it in the same transaction.',
        );
      }
      return [label, this.show(key, start)] as const;
    });
    return Object.fromEntries(answers);
  }

  /** The schemas of `SET search_path`; `undefined` where it was not set. */
  get searchPath(): readonly string[] | undefined {
    const written = this.#set.get('search_path');
    return written === undefined ? undefined : schemasOf(written);
  }
}

const unquoted = (written: string): string => {
  const text = written.trim();
  return text.startsWith("'") && text.endsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;
};

/** The schemas of a search path; that of the user is not there. */
export const schemasOf = (written: string): string[] => itemsOf(written).filter((name) => name !== '' && name !== '$user');

/** Names as PostgreSQL folds them; a literal that holds a list is one name to it, and so it is here. */
const itemsOf = (written: string): string[] => (written.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[^,\s]+/g) ?? []).map(nameOf);

function nameOf(item: string): string {
  if (item.startsWith('"')) return item.slice(1, -1).replaceAll('""', '"');
  return item.startsWith("'") ? unquoted(item) : item.toLowerCase();
}
