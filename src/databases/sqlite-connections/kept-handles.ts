import { ResilienceError } from '../../errors.js';
import type { SqliteDriver, SqliteHandle } from '../sqlite-drivers/driver.js';
import { OpenHandles } from './open-handles.js';
import { fileIdentity, prepareStorage, type FileIdentity } from './storage-file.js';

const IN_MEMORY = ':memory:';
const READ_SOMETHING = 'SELECT count(*) FROM sqlite_master';

/** What is open from the start of a database to its end. */
export interface KeptHandles {
  /** All handles of the database, these and those that come later. */
  readonly handles: OpenHandles;
  readonly writer: SqliteHandle;
  /** `undefined` where one handle does everything: in memory, or without a write-ahead log. */
  readonly reader: SqliteHandle | undefined;
  /** Which file was opened; `undefined` in memory. */
  readonly file: FileIdentity | undefined;
}

/** Opens a database, making its file and directory where they are missing. A failure leaves nothing open. */
export async function openKept(driver: SqliteDriver, storage: string): Promise<KeptHandles> {
  const handles = new OpenHandles(driver, storage);
  try {
    if (storage !== IN_MEMORY) await prepareStorage(storage);
    const { handle: writer, hasReadersBeside } = await handles.openWriter();
    await writer.all(READ_SOMETHING, []);
    const reader = hasReadersBeside ? await handles.openReader() : undefined;
    await reader?.all(READ_SOMETHING, []);
    return { handles, writer, reader, file: storage === IN_MEMORY ? undefined : await fileIdentity(storage) };
  } catch (error) {
    await handles.closeAll().catch(() => undefined);
    throw openError(storage, error);
  }
}

function openError(storage: string, cause: unknown): ResilienceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message =
    `The SQLite database ${storage} can't be opened: ${reason}. ` +
    'Check that its directory can be written to, and that the file is an SQLite database or does not exist.';
  return new ResilienceError('DATABASE_NOT_OPENED', message, { cause });
}
