import type { Catalog, ForeignKeyDefinition } from '../catalog/catalog.js';
import { PgError } from '../pg-error.js';

/** Which foreign keys wait for the end of a transaction: what its `SET CONSTRAINTS` said, and else what they were made with. */
export class Deferral {
  #all: boolean | undefined;
  readonly #named = new Map<string, boolean>();

  /** @throws PgError 42704, 42809 */
  set(names: readonly string[] | 'all', isDeferred: boolean, catalog: Catalog): void {
    if (names === 'all') {
      this.#all = isDeferred;
      this.#named.clear();
      return;
    }
    for (const name of names) {
      const keys = [...catalog.tables()].flatMap(({ foreignKeys }) => foreignKeys.filter((key) => key.name === name));
      if (keys.length === 0) throw new PgError('42704', `constraint "${name}" does not exist`);
      if (!keys.some(isDeferrable)) throw new PgError('42809', `constraint "${name}" is not deferrable`);
      this.#named.set(name, isDeferred);
    }
  }

  isImmediate(key: ForeignKeyDefinition): boolean {
    return !isDeferrable(key) || !(this.#named.get(key.name) ?? this.#all ?? key.initiallyDeferred === true);
  }
}

const isDeferrable = (key: ForeignKeyDefinition): boolean => key.deferrable === true;
