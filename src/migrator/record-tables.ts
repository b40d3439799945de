import type { ResolvedStep } from '../options/resolve-config.js';
import type { RecordTable } from '../options/resolve-migrations.js';

/** Which tables of a connection are records of migrations, and nobody's data. */
export class RecordTables {
  readonly #tables = new Set<string>();

  constructor(steps: readonly ResolvedStep[]) {
    this.add({ table: { tableName: 'SequelizeMeta', schema: undefined } });
    for (const step of steps) if (typeof step === 'object') this.add(step);
  }

  add({ table: { tableName, schema } }: { readonly table: RecordTable }): void {
    const title = schema === undefined || schema === 'public' ? tableName : `${schema}.${tableName}`;
    this.#tables.add(title).add(`${title}_started`);
  }

  /** As reports write them. */
  get titles(): string[] {
    return [...this.#tables];
  }
}
