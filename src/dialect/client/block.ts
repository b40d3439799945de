import type { StoredCatalog } from '../catalog/catalog-store.js';
import type { Deferral } from './deferral.js';
import { PgError } from '../pg-error.js';

/** PostgreSQL gives all statements of one transaction the time of its begin. */
export const nowMicros = (): number => Date.now() * 1_000;

interface Savepoint {
  readonly name: string;
  /** What was defined before it. */
  readonly catalog: StoredCatalog | undefined;
}

/** A transaction block, in the words of PostgreSQL's documentation: what lies between BEGIN and COMMIT or ROLLBACK. */
export class Block {
  readonly nowMicros = nowMicros();
  isReadOnly: boolean;
  isolation: string;
  hasQueried = false;
  isAborted = false;
  /** What it has defined so far, which nobody else sees. */
  catalog: StoredCatalog | undefined;
  rowsWritten = 0;
  /** What SET CONSTRAINTS said. */
  deferral: Deferral | undefined;
  readonly #savepoints: Savepoint[] = [];

  constructor(
    /** Of a text of several statements without BEGIN. */
    public isImplicit: boolean,
    { isReadOnly = false, isolation = 'read committed' }: { isReadOnly?: boolean | undefined; isolation?: string | undefined } = {},
  ) {
    this.isReadOnly = isReadOnly;
    this.isolation = isolation;
  }

  addSavepoint(name: string): void {
    this.#savepoints.push({ name, catalog: this.catalog });
  }

  /** @throws PgError 3B001 */
  release(name: string): void {
    this.#savepoints.length = this.#find(name);
  }

  /** The savepoint stays; what came after it is gone. @throws PgError 3B001 */
  returnTo(name: string): void {
    const at = this.#find(name);
    this.#savepoints.length = at + 1;
    this.catalog = this.#savepoints[at]?.catalog;
    this.isAborted = false;
  }

  /** @throws PgError 25001, 25006 as SET TRANSACTION does */
  set({ isolation, readOnly }: { isolation?: string; readOnly?: boolean }): void {
    if (isolation !== undefined && isolation !== this.isolation) {
      if (this.hasQueried) throw tooLate('SET TRANSACTION ISOLATION LEVEL must be called before any query');
      if (this.#savepoints.length > 0) throw tooLate('SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction');
      this.isolation = isolation;
    }
    if (readOnly === false && this.isReadOnly && this.hasQueried) {
      throw tooLate('transaction read-write mode must be set before any query');
    }
    this.isReadOnly = readOnly ?? this.isReadOnly;
  }

  #find(name: string): number {
    const at = this.#savepoints.findLastIndex((savepoint) => savepoint.name === name);
    if (at < 0) throw new PgError('3B001', `savepoint "${name}" does not exist`);
    return at;
  }
}

const tooLate = (message: string): PgError => new PgError('25001', message);
