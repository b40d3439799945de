import { QueryTypes, type Sequelize } from 'sequelize';
import { grouped } from './grouped.js';
import { isNullConstant } from './same-expression.js';
import {
  COLUMN_ROWS,
  type ColumnRow,
  CONSTRAINT_ROWS,
  type ConstraintRow,
  INDEX_ROWS,
  type IndexRow,
  RELATION_ROWS,
  type RelationRow,
  SEARCH_PATH,
} from './server-queries.js';
import {
  type ColumnShape,
  type ForeignKeyShape,
  type IndexShape,
  type KeyShape,
  notItsOwn,
  type TableShape,
  type UniqueShape,
} from './table-shape.js';

/** What a database has. */
export interface Shapes {
  readonly tables: readonly TableShape[];
  /** The schemas that are looked through for a table without one. */
  readonly searchPath: readonly string[];
}

/** Reads tables and views from a PostgreSQL server's catalogs: those of the schemas and of the search path. */
export async function serverShapes(sequelize: Sequelize, schemas: readonly string[]): Promise<Shapes> {
  const ask = async <Row>(sql: string, bind: string[] = [JSON.stringify(schemas)]): Promise<Row[]> => {
    const [row] = await sequelize.query<{ json: string }>(sql, { type: QueryTypes.SELECT, raw: true, logging: false, bind });
    return JSON.parse(row?.json ?? '[]') as Row[];
  };
  const relations = await ask<RelationRow>(RELATION_ROWS);
  const columns = byTable(await ask<ColumnRow>(COLUMN_ROWS));
  const constraints = byTable(await ask<ConstraintRow>(CONSTRAINT_ROWS));
  const indexes = byTable(await ask<IndexRow>(INDEX_ROWS));
  const partsOf = (id: number): Parts => ({
    columns: columns.get(id) ?? [],
    constraints: constraints.get(id) ?? [],
    indexes: indexes.get(id) ?? [],
  });
  const tables = relations.filter(({ isPartition }) => !isPartition).map((relation) => shapeOf(relation, partsOf(relation.id)));
  return { tables, searchPath: await ask<string>(SEARCH_PATH, []) };
}

const byTable = <Row extends { readonly table: number }>(rows: readonly Row[]) => grouped(rows, ({ table }) => table);

interface Parts {
  readonly columns: readonly ColumnRow[];
  readonly constraints: readonly ConstraintRow[];
  readonly indexes: readonly IndexRow[];
}

function shapeOf({ schema, name, kind }: RelationRow, { columns, constraints, indexes }: Parts): TableShape {
  const ofKind = (...kinds: readonly ConstraintRow['kind'][]) => constraints.filter(({ kind }) => kinds.includes(kind));
  return {
    schema,
    name,
    kind,
    columns: columns.map(columnShape),
    primaryKey: ofKind('p').map(keyShape)[0],
    uniques: ofKind('u').map(uniqueShape),
    indexes: indexes.map(indexShape),
    foreignKeys: ofKind('f').map(foreignKeyShape),
    checks: ofKind('c', 'x').map((row) => ({ name: row.name, text: row.text })),
  };
}

function columnShape(row: ColumnRow): ColumnShape {
  const { name, labels, notNull, expression, identity, isGenerated } = row;
  const numbering = numberingOf(expression, identity);
  const hasDefault = expression !== null && numbering === undefined && !isGenerated && !isNullConstant(expression);
  return {
    name,
    type: typeName(row),
    valueType: undefined,
    labels: labels ?? undefined,
    notNull,
    default: hasDefault ? expression : undefined,
    numbering,
    generated: isGenerated ? (expression ?? '') : undefined,
  };
}

/** The program's own types with their schema unless it is `public`, those of extensions without: where they are is the server's affair. */
function typeName({ type, typeSchema, isExtensionType }: ColumnRow): string {
  if (typeSchema === null) return type;
  const bare = type.startsWith(`${typeSchema}.`) ? type.slice(typeSchema.length + 1) : type;
  return isExtensionType || typeSchema === 'public' ? bare : `${typeSchema}.${bare}`;
}

function numberingOf(expression: string | null, identity: ColumnRow['identity']): ColumnShape['numbering'] {
  if (identity !== '') return identity === 'a' ? 'identity always' : 'identity';
  return expression !== null && /^nextval\(/i.test(expression) ? 'serial' : undefined;
}

const keyShape = ({ name, columns }: ConstraintRow): KeyShape => ({ name, columns: columns ?? [] });

function uniqueShape(row: ConstraintRow): UniqueShape {
  const nulls = row.text.startsWith('UNIQUE NULLS NOT DISTINCT') ? ['NULLS NOT DISTINCT'] : [];
  return { ...keyShape(row), more: [...nulls, ...(row.isDeferrable ? ['DEFERRABLE'] : [])].join(' ') };
}

/** pg_constraint.confdeltype and confupdtype. */
const ACTIONS: Readonly<Record<string, string>> = { a: 'no action', r: 'restrict', c: 'cascade', n: 'set null', d: 'set default' };

function foreignKeyShape(row: ConstraintRow): ForeignKeyShape {
  return {
    ...keyShape(row),
    references: { schema: row.parentSchema ?? '', table: row.parent ?? '', columns: row.parentColumns ?? [] },
    onDelete: ACTIONS[row.onDelete] ?? row.onDelete,
    onUpdate: ACTIONS[row.onUpdate] ?? row.onUpdate,
    timing: row.isDeferred ? 'deferred' : row.isDeferrable ? 'deferrable' : 'immediate',
  };
}

function indexShape({ name, unique, method, items, where, included, hasEqualNulls }: IndexRow): IndexShape {
  return {
    name,
    unique,
    method,
    items: items.map(({ text, column, option, operatorClass, collation }) => ({
      text,
      column: column ?? undefined,
      descending: (option & 1) !== 0,
      nullsFirst: (option & 2) !== 0,
      collation: collation ?? undefined,
      operatorClass: notItsOwn(operatorClass),
    })),
    where: where ?? undefined,
    more: [...(included ? [`INCLUDE (${included.join(', ')})`] : []), ...(hasEqualNulls ? ['NULLS NOT DISTINCT'] : [])].join(' '),
  };
}
