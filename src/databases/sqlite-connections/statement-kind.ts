/** What a statement does to the transaction it runs in. */
export type TransactionControl = 'begin' | 'commit' | 'rollback' | 'savepoint';

const LEADING = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*/;
const NOT_CODE = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]/g;
const WRITING_WORD = /\b(?:insert|update|delete|replace)\b/i;
/** They answer for the handle that wrote, which a reader is not. */
const ASKS_THE_WRITER = /\b(?:last_insert_rowid|changes|total_changes)\s*\(/i;
const READING_PRAGMA = new RegExp(
  '^pragma\\s+(?:\\w+\\.)?(?:table_info|table_xinfo|table_list|index_list|index_info|index_xinfo|foreign_key_list|' +
    'foreign_key_check|database_list|collation_list|function_list|compile_options|integrity_check|quick_check)\\b',
  'i',
);
const ROLLBACK_TO = /^rollback\s+(?:transaction\s+)?to\b/i;
const SETS_FOREIGN_KEYS = /^pragma\s+(?:\w+\.)?foreign_keys\s*[=(]/i;

/**
 * Says whether a statement certainly only reads.
 *
 * A read that is taken for a write only waits for its turn; the opposite must not happen.
 */
export function onlyReads(sql: string): boolean {
  const text = withoutLeadingComments(sql);
  switch (firstWord(text)) {
    case 'select':
    case 'values':
    case 'explain':
      return !ASKS_THE_WRITER.test(text);
    case 'with':
      return !WRITING_WORD.test(text.replace(NOT_CODE, ' ')) && !ASKS_THE_WRITER.test(text);
    case 'pragma':
      return READING_PRAGMA.test(text);
    default:
      return false;
  }
}

/** Says which statement of a transaction's life this is, or `undefined` for ordinary work. */
export function transactionControl(sql: string): TransactionControl | undefined {
  const text = withoutLeadingComments(sql);
  switch (firstWord(text)) {
    case 'begin':
      return 'begin';
    case 'commit':
    case 'end':
      return 'commit';
    case 'rollback':
      return ROLLBACK_TO.test(text.replace(NOT_CODE, ' ')) ? 'savepoint' : 'rollback';
    case 'savepoint':
    case 'release':
      return 'savepoint';
    default:
      return undefined;
  }
}

/** Says whether a statement turns foreign keys on or off. */
export const setsForeignKeys = (sql: string): boolean => SETS_FOREIGN_KEYS.test(withoutLeadingComments(sql));

const withoutLeadingComments = (sql: string): string => sql.replace(LEADING, '');

const firstWord = (text: string): string | undefined => /^\w+/.exec(text)?.[0].toLowerCase();
