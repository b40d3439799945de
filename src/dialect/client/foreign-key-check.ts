import type { Catalog, ForeignKeyDefinition, TableDefinition } from '../catalog/catalog.js';
import { keyOf } from '../catalog/stored-catalog.js';
import { PgError } from '../pg-error.js';
import type { DataPlan } from '../translate/plan.js';
import { quoteName } from '../translate/quote.js';
import { codecFor } from '../types/codecs.js';
import type { Stored } from '../types/codec.js';
import type { Handle, Row } from './handle.js';

/**
 * PostgreSQL's error for a row whose reference leads nowhere; `undefined` where there is none. `plan` is the statement that made it
 * so; without one it is a deferred constraint that is checked. Of keys that are not asked for nothing is said.
 */
export async function violatedForeignKey(
  handle: Handle,
  catalog: Catalog,
  plan?: DataPlan,
  isAskedFor: (key: ForeignKeyDefinition) => boolean = () => true,
): Promise<PgError | undefined> {
  for (const child of tablesToCheck(catalog, plan)) {
    if (!child.foreignKeys.some(isAskedFor)) continue;
    const found = await handle.all(`PRAGMA foreign_key_check(${quoteName(child.storedName)})`);
    if (found.length === 0) continue;
    const keys = await keysById(handle, child);
    const violations = found.filter((violation) => {
      const key = keys.get(violation['fkid']);
      return key === undefined || isAskedFor(key);
    });
    if (violations.length === 0) continue;
    // PostgreSQL looks at a table's keys in the order in which they were made.
    const positionOf = (violation: Row) => child.foreignKeys.findIndex((key) => key === keys.get(violation['fkid']));
    const [first] = violations.toSorted((a, b) => positionOf(a) - positionOf(b));
    const key = first && keys.get(first['fkid']);
    return key && foreignKeyError(child, key, await valuesOf(handle, child, key, first), plan);
  }
  return undefined;
}

function tablesToCheck(catalog: Catalog, plan: DataPlan | undefined): readonly TableDefinition[] {
  const children = [...catalog.tables()].filter(({ foreignKeys }) => foreignKeys.length > 0);
  const [schema = '', name] = plan?.table ?? [];
  if (name === undefined) return children;
  const written = new Set([keyOf({ schema, name })]);
  const isReached = (child: TableDefinition) =>
    written.has(keyOf(child)) || child.foreignKeys.some(({ references }) => written.has(keyOf({ ...references, name: references.table })));
  // A cascade writes the tables behind a table, too.
  for (let before = 0; before < written.size; ) {
    before = written.size;
    for (const child of children.filter(isReached)) written.add(keyOf(child));
  }
  return children.filter(isReached);
}

/** SQLite numbers the keys of a table in an order of its own. */
async function keysById(handle: Handle, child: TableDefinition): Promise<Map<unknown, ForeignKeyDefinition | undefined>> {
  const columns = new Map<unknown, string[]>();
  for (const { id, from } of await handle.all(`PRAGMA foreign_key_list(${quoteName(child.storedName)})`)) {
    columns.set(id, [...(columns.get(id) ?? []), String(from)]);
  }
  const keyOn = (names: readonly string[]) => child.foreignKeys.find((key) => key.columns.join('\0') === names.join('\0'));
  return new Map([...columns].map(([id, names]) => [id, keyOn(names)]));
}

async function valuesOf(handle: Handle, child: TableDefinition, key: ForeignKeyDefinition, violation: Row): Promise<(string | null)[]> {
  const columns = key.columns.map((name) => child.columns.find((column) => column.name === name));
  const codecs = columns.map((column) => column && codecFor(column.type));
  const list = key.columns.map((name, at) => `${codecs[at]?.select?.(quoteName(name)) ?? quoteName(name)} AS \`${at}\``).join(', ');
  const [row = {}] = await handle.all(`SELECT ${list} FROM ${quoteName(child.storedName)} WHERE rowid = ?1`, [
    violation['rowid'] as Stored,
  ]);
  return codecs.map((codec, at) => {
    const stored = (row[at] ?? null) as Stored;
    return stored === null || codec === undefined ? null : codec.output(stored);
  });
}

function foreignKeyError(
  child: TableDefinition,
  key: ForeignKeyDefinition,
  values: readonly (string | null)[],
  plan: DataPlan | undefined,
): PgError {
  const { references } = key;
  const fields = { schema: child.schema, table: child.name, constraint: key.name };
  const list = values.map((value) => value ?? 'null').join(', ');
  // The rows that reference a row that is gone are set to a default that is none of the keys.
  const isSet = plan?.command === 'DELETE' ? key.onDelete === 'set default' : key.onUpdate === 'set default';
  const isOwn = plan?.table?.[1] === child.name && plan.table[0] === child.schema && plan.command !== 'DELETE';
  const isChildren = plan?.table === undefined || isOwn || isSet;
  if (isChildren) {
    const detail = `Key (${key.columns.join(', ')})=(${list}) is not present in table "${references.table}".`;
    return new PgError('23503', `insert or update on table "${child.name}" violates foreign key constraint "${key.name}"`, {
      ...fields,
      detail,
    });
  }
  const detail = `Key (${references.columns.join(', ')})=(${list}) is still referenced from table "${child.name}".`;
  const message = `update or delete on table "${references.table}" violates foreign key constraint "${key.name}" on table "${child.name}"`;
  return new PgError('23503', message, { ...fields, detail });
}
