import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Which file a path led to: another one under the same path has another inode. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** Makes a missing directory (0700) and a missing file (0600): other users of the machine can't read them. A race with another process is fine. */
export async function prepareStorage(path: string): Promise<void> {
  const directory = dirname(path);
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  // What is ours to make is ours to keep out of the program's repository.
  if (made !== undefined) await writeFile(join(directory, '.gitignore'), '*\n');
  try {
    // 'wx' never opens a file that exists: closing it again would drop the locks that this process has on it (POSIX).
    const file = await open(path, 'wx', 0o600);
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Reads which file a path leads to. */
export async function fileIdentity(path: string): Promise<FileIdentity> {
  const { dev, ino } = await stat(path);
  return { dev, ino };
}

/** Rejects when a path leads to another file than before, or to none. */
export async function assertSameFile(path: string, before: FileIdentity): Promise<void> {
  const now = await fileIdentity(path);
  if (now.dev === before.dev && now.ino === before.ino) return;
  throw Object.assign(new Error(`The SQLite file ${path} was replaced while it was open: what is written now would be lost.`), {
    code: 'FILE_REPLACED',
  });
}

/** True where the path leads to nothing, or to another file. */
export const isFileGone = (error: unknown): boolean =>
  ['FILE_REPLACED', 'ENOENT', 'ENOTDIR'].includes(String((error as { code?: unknown }).code));
