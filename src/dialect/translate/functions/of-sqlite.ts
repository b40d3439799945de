import { TEXT } from '../same-type.js';
import type { Rules } from '../typed.js';

/** The one function of SQLite's own: its name says that the program asks which database answers. */
export const rules: Rules = {
  functions: { sqlite_version: [(args) => (args.length === 0 ? { sql: 'sqlite_version()', type: TEXT } : undefined)] },
};
