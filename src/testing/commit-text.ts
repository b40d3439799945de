// No two of its alternatives begin alike, so that a long text which is no COMMIT is refused in one pass.
const SPACE = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)`;
const COMMIT = new RegExp(
  `^${SPACE}*(?:COMMIT|END)(?:${SPACE}+(?:WORK|TRANSACTION))?(?:${SPACE}+AND${SPACE}+(?:NO${SPACE}+)?CHAIN)?${SPACE}*(?:;${SPACE}*)*$`,
  'i',
);

/** Whether a query is a COMMIT and nothing else. Comments around it don't matter. */
export const isCommit = (text: string): boolean => COMMIT.test(text);
