import type { DataStatement, SelectStatement } from '../sql/ast.js';
import { deleteStatement } from './delete.js';
import { insertStatement } from './insert.js';
import { readable, resultColumns } from './result-columns.js';
import { query } from './select.js';
import { sequenceStatement } from './sequences.js';
import type { Translation } from './typed.js';
import { updateStatement } from './update.js';
import type { Written } from './written.js';

/** Any statement that reads or writes rows. */
export function translateStatement(statement: DataStatement, context: Translation): Written {
  switch (statement.kind) {
    case 'select':
      return sequenceStatement(statement, context) ?? selectStatement(statement, context);
    case 'insert':
      return insertStatement(statement, context);
    case 'update':
      return updateStatement(statement, context);
    case 'delete':
      return deleteStatement(statement, context);
  }
}

function selectStatement(statement: SelectStatement, context: Translation): Written {
  const { outputs, write } = query(statement, undefined, context);
  const columns = resultColumns(outputs.map(({ name, typed }) => ({ name, typed: readable(typed, context) })));
  return { command: 'SELECT', sql: write((typed) => readable(typed, context), true), columns, writes: false };
}
