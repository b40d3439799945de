/*
 * SQLite tells of a failed CHECK by the constraint's name alone. The names of ours say which of two kinds it is: one that a program
 * has written, or one that a type needs, whose name is PostgreSQL's error.
 */

const OF_PROGRAM = 'check ';

/** What SQLite calls a CHECK that PostgreSQL calls `name`. */
export const checkName = (name: string): string => `${OF_PROGRAM}${name}`;

/** What SQLite calls a condition that belongs to a type. */
export const typeCheckName = ({ code, message }: { code: string; message: string }): string => `${code} ${message}`;

/** The meaning of SQLite's name: PostgreSQL's name of the constraint, or the type's error. */
export function readCheckName(name: string): { readonly constraint: string } | { readonly code: string; readonly message: string } {
  if (name.startsWith(OF_PROGRAM)) return { constraint: name.slice(OF_PROGRAM.length) };
  return { code: name.slice(0, 5), message: name.slice(6) };
}
