import { catalogVersion, readCatalog, type StoredCatalog } from '../catalog/catalog-store.js';
import type { Handle } from './handle.js';
import { schemasOf } from './settings.js';
import { DEFAULT_START, type SessionStart } from './session-start.js';

/** Another process may change the file's tables, and this one does not hear of it: what is known is never older than this. */
const KEPT_MS = 1_000;

/** What the file is known to hold, shared by all connections to it. */
export class LiveCatalog {
  #catalog: StoredCatalog;
  #versions: string;
  #askedAtMs: number;

  static async load(handle: Handle, start: SessionStart = DEFAULT_START): Promise<LiveCatalog> {
    const versions = await versionsOf(handle);
    return new LiveCatalog(await readCatalog(handle), versions, start);
  }

  private constructor(
    catalog: StoredCatalog,
    versions: string,
    /** How each session begins. */
    readonly start: SessionStart,
  ) {
    this.#catalog = catalogAtStart(catalog, start);
    this.#versions = versions;
    this.#askedAtMs = Date.now();
  }

  get current(): StoredCatalog {
    return this.#catalog;
  }

  /** Whether the file should be asked again. */
  get isOld(): boolean {
    return Date.now() - this.#askedAtMs >= KEPT_MS;
  }

  /** Reads the file's definitions again where they have changed, and says whether they had. */
  async refresh(handle: Handle): Promise<boolean> {
    this.#askedAtMs = Date.now();
    const versions = await versionsOf(handle);
    if (versions === this.#versions) return false;
    this.#catalog = catalogAtStart(await readCatalog(handle), this.start);
    this.#versions = versions;
    return true;
  }

  /** Takes over what a transaction has defined, which is about to be committed on this handle; the answer makes it known. */
  async prepare(handle: Handle, catalog: StoredCatalog): Promise<() => void> {
    const versions = await versionsOf(handle);
    return () => {
      this.#catalog = catalog;
      this.#versions = versions;
    };
  }
}

/** What is known, as a new session sees it. */
export function catalogAtStart(catalog: StoredCatalog, { names, settings }: SessionStart): StoredCatalog {
  const searchPath = settings['search_path'];
  const named = catalog.withNames(names);
  return searchPath === undefined ? named : named.withSearchPath(schemasOf(searchPath));
}

/** SQLite counts the changes of its schema, and the catalog its own: an enum has no place in the former. */
async function versionsOf(handle: Handle): Promise<string> {
  const [row] = await handle.all('PRAGMA schema_version');
  return `${String(row?.['schema_version'])}.${await catalogVersion(handle)}`;
}
