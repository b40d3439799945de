import { type ContractCase, feature } from '../../contract-case.js';
import { ofRows, ofValues, one } from './asking.js';

const chapter = 'Functions';
const plain = 'a pattern that is more than plain text (SQLite has no regular expressions)';

const replaced: Readonly<Record<string, ContractCase['run'] | { readonly refused: string; readonly run: ContractCase['run'] }>> = {
  'of plain text': ofValues(
    "regexp_replace('hello', 'l', 'L')",
    "regexp_replace('hello', 'l', 'L', 'g')",
    "regexp_replace('abc', 'z', 'L')",
  ),
  'of columns': ofRows("regexp_replace(s, 'X', '-', 'g')", "regexp_replace(v, ',', '')"),
  'of a pattern': { refused: plain, run: one("regexp_replace('a b  c', '\\s+', ' ', 'g')") },
  'regardless of case': { refused: plain, run: one("regexp_replace('Hello', 'h', 'J', 'i')") },
};

export const patternFunctionCases: readonly ContractCase[] = [
  ...feature(chapter, 'regexp_replace', replaced),
  ...feature(chapter, 'regexp_match', {
    'of plain text': ofValues("regexp_match('hello', 'll')", "regexp_match('hello', 'z')", "regexp_match(NULL, 'z')"),
    'of a pattern': { refused: plain, run: one("regexp_match('hello', 'l(.)')") },
  }),
  ...feature(chapter, 'regexp_matches', {
    'of plain text': { refused: 'regexp_matches (look for the parts in the program)', run: one("regexp_matches('hello', 'l', 'g')") },
  }),
  ...feature(chapter, 'regexp_split_to_array', {
    'of plain text': ofValues(
      "regexp_split_to_array('a,b,c', ',')",
      "regexp_split_to_array('', ',')",
      "regexp_split_to_array('abc', 'bc')",
    ),
    'of columns': ofRows("regexp_split_to_array(v, ',')"),
    'of a pattern': { refused: plain, run: one("regexp_split_to_array('a, b', ',\\s*')") },
  }),
  ...feature(chapter, 'regexp_count, regexp_instr, regexp_substr', {
    'of plain text': ofRows("regexp_count(s, 'l')", "regexp_instr(s, 'l')", "regexp_substr(s, 'lo')"),
    'of a pattern': { refused: plain, run: one("regexp_count('hello', '[el]')") },
  }),
];
