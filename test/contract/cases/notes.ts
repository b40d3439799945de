/** What a feature's row in docs/parity.md says beside its verdict. */
export const NOTES: Readonly<Record<string, string>> = {
  CITEXT: 'ASCII letters; a comparison with other letters is refused',
  JSONB: 'objects, arrays and scalars',
  'isolation levels': 'writers take turns, so every level gives at least what it promises',
  'FOR UPDATE': 'nobody else writes meanwhile',
};

/** What is different and can't be seen by one program in one run. */
export const LIMITS: readonly string[] = [
  "Text is compared and ordered by code points, as PostgreSQL's collation `C` does. A database made with another collation orders letters of other cases and languages differently. `lower`, `upper` and `ILIKE` refuse letters outside ASCII where they would change them.",
  'Numbers of `SERIAL` and identity columns go on from the greatest one in the table: PostgreSQL leaves out those that a failed statement took, and does not notice ids that a program gave itself.',
  'A transaction has the only turn to write from its first statement on, so two transactions never hold rows at once: what waits for a lock on PostgreSQL waits here for the whole transaction, `NOWAIT` and `SKIP LOCKED` never find a locked row.',
  'Without ORDER BY the rows of a table come in the order of their insertion; PostgreSQL promises none.',
  '`sum` and `avg` of floating-point columns within further expressions, HAVING, ORDER BY and windows add in another order: the last digit may differ.',
  "`sin`, `exp`, `ln`, `power` and their like are those of the machine's C library: where PostgreSQL runs with another one, the last digit may differ.",
  'The float `-0` as a literal or parameter is `0`.',
  'Of several errors in one statement another one may be told, or none where SQLite has no need of the value: `NULL > CAST(text AS integer)` never casts. A FULL JOIN on a condition without an equality is refused by PostgreSQL and answered here.',
  'GIN, GiST, SP-GiST and BRIN indexes are noted in the catalog only: they speed up nothing.',
  'A unique index on JSONB takes `1` and `1.0` for two values.',
  "Several processes may share one file, but a change of a table is known to the others only after a second at most, unless a statement fails by it: don't change the scale of a DECIMAL column while another process writes to it.",
  '`ctid` is a plain number, advisory locks are always granted, and `query_timeout` and `statement_timeout` have nothing to end.',
  'Functions that ask for the server answer for an emulated PostgreSQL 15 (`version()`, `SHOW server_version`, `current_user`).',
];
