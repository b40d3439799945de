/** What a feature's row in docs/parity.md says beside its verdict. */
export const NOTES: Readonly<Record<string, string>> = {
  CITEXT: 'comparisons with letters outside ASCII are refused',
  'isolation levels': 'writers are serial, so every level is at least what it promises',
  'FOR UPDATE': 'nobody else writes meanwhile',
};

/** What is different and can't be seen by one program in one run. */
export const LIMITS: readonly string[] = [
  "Text is compared and ordered by code points, as PostgreSQL's collation `C` does. A database made with another collation orders letters of other cases and languages differently.",
];
