/** A column of a result as `pg` describes it (lib/result.js of pg 8). */
export interface PgField {
  readonly name: string;
  readonly dataTypeID: number;
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeSize: number;
  readonly dataTypeModifier: number;
  readonly format: 'text';
}

/** What `pg` answers to a statement. */
export interface PgResult {
  /** The first word of PostgreSQL's command tag: `SELECT`, `CREATE`, …; null of an empty text. */
  readonly command: string | null;
  readonly rowCount: number | null;
  readonly oid: number | null;
  readonly rows: unknown[];
  readonly fields: PgField[];
}

/** A column as `pg` describes it. */
export const pgField = (name: string, dataTypeID: number): PgField => ({
  name,
  tableID: 0,
  columnID: 0,
  dataTypeID,
  dataTypeSize: -1,
  dataTypeModifier: -1,
  format: 'text',
});

/** The answer of one row of texts. */
export const rowOf = (command: 'SELECT' | 'SHOW', row: Readonly<Record<string, string | null>>, names: readonly string[]): PgResult => ({
  command,
  rowCount: command === 'SELECT' ? 1 : null,
  oid: null,
  rows: [row],
  fields: names.map((name) => pgField(name, 25)),
});

/** The answer to a statement that has neither rows nor a count of them. */
export const plainResult = (command: string | null): PgResult => ({ command, rowCount: null, oid: null, rows: [], fields: [] });
