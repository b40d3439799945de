import { CAPITALS, hasLettersSql, type Letters, SMALL_LETTERS } from '../letters.js';
import { TEXT } from '../same-type.js';
import type { Rules } from '../typed.js';
import { refusedSql } from './refusal.js';
import { simple } from './signature.js';

/** SQLite changes A to Z alone. PostgreSQL changes other letters or not, by its locale: a text with them is refused. */
function changed(name: 'lower' | 'upper', letters: Letters): (text: string) => string {
  const refusal = refusedSql(`${name}() of letters outside ASCII`, `Call the program's own function before the text is written.`);
  return (text) => `(CASE WHEN ${hasLettersSql(text, letters)} THEN ${refusal} ELSE ${name}(${text}) END)`;
}

/** The first letter of each word is made a capital, the others small. What is a letter outside ASCII depends on PostgreSQL's locale. */
function initcap(text: string): string {
  const refusal = refusedSql('initcap() of characters outside ASCII', `Call the program's own function before the text is written.`);
  const character = 'substr(t, i + 1, 1)';
  return (
    `(CASE WHEN octet_length(${text}) > length(${text}) THEN ${refusal} ELSE ` +
    `(WITH RECURSIVE w(t, i, made, inside) AS (SELECT ${text}, 0, '', 0 UNION ALL ` +
    `SELECT t, i + 1, made || iif(inside, lower(${character}), upper(${character})), ${character} GLOB '[a-zA-Z0-9]' FROM w WHERE i < length(t)) ` +
    `SELECT made FROM w WHERE i = length(t)) END)`
  );
}

export const rules: NonNullable<Rules['functions']> = {
  lower: [simple(['text'], TEXT, changed('lower', CAPITALS))],
  upper: [simple(['text'], TEXT, changed('upper', SMALL_LETTERS))],
  initcap: [simple(['text'], TEXT, initcap)],
};
