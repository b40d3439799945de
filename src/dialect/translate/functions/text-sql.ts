import { raiseAboutSql, raiseSql } from '../raise.js';

/*
 * PostgreSQL's string functions in SQLite's language, where they are more than a call. The arguments may be named more than once: they are
 * columns and values in most statements.
 */

const NEGATIVE_LENGTH = raiseSql('22011', 'negative substring length not allowed');

/** Positions before the first count, but there is nothing at them; SQLite's would count from the end. */
export function substring(text: string, start: string, length?: string): string {
  const first = `max(${start}, 1)`;
  if (length === undefined) return `substr(${text}, ${first})`;
  return `(CASE WHEN ${text} IS NULL OR ${start} IS NULL THEN NULL WHEN ${length} < 0 THEN ${NEGATIVE_LENGTH} ELSE substr(${text}, ${first}, max(0, ${start} + ${length} - ${first})) END)`;
}

/** A negative count leaves out as many at the end. */
export function left(text: string, count: string): string {
  return `substr(${text}, 1, iif(${count} < 0, max(0, length(${text}) + ${count}), ${count}))`;
}

/** A negative count leaves out as many at the start; of the lowest integer PostgreSQL's opposite is itself, and nothing is left out. */
export function right(text: string, count: string): string {
  return `(CASE WHEN ${count} > 0 THEN substr(${text}, -min(${count}, length(${text}))) WHEN ${count} = -2147483648 THEN ${text} WHEN ${count} < 0 THEN substr(${text}, 1 - max(${count}, -length(${text}))) ELSE substr(${text}, 1, ${count}) END)`;
}

/** The text so many times. */
export function repeated(text: string, count: string): string {
  return `iif(${count} IS NULL, NULL, replace(hex(zeroblob(max(0, ${count}))), '00', ${text}))`;
}

export function padded(side: 'left' | 'right'): (text: string, length: string, filling?: string) => string {
  return (text, length, filling = "' '") => {
    const pad = `substr(${repeated(filling, length)}, 1, ${length} - length(${text}))`;
    const whole = side === 'left' ? `${pad} || ${text}` : `${text} || ${pad}`;
    return `(CASE WHEN ${filling} IS NULL THEN NULL WHEN length(${text}) >= ${length} THEN substr(${text}, 1, max(0, ${length})) ELSE ${whole} END)`;
  };
}

export function reversed(text: string): string {
  return (
    `(WITH RECURSIVE r(t, i, made) AS (SELECT ${text}, length(${text}), '' UNION ALL ` +
    `SELECT t, i - 1, made || substr(t, i, 1) FROM r WHERE i > 0) SELECT made FROM r WHERE i = 0)`
  );
}

/** Each character of `from` becomes the one at its place in `to`, or nothing. */
export function translated(text: string, from: string, to: string): string {
  const place = 'instr(f, substr(t, i + 1, 1))';
  const character = `iif(${place} > 0, substr(o, ${place}, 1), substr(t, i + 1, 1))`;
  return (
    `(WITH RECURSIVE r(t, f, o, i, made) AS (SELECT ${text}, ${from}, ${to}, 0, '' UNION ALL ` +
    `SELECT t, f, o, i + 1, made || ${character} FROM r WHERE i < length(t)) SELECT iif(f IS NULL OR o IS NULL, NULL, made) FROM r WHERE i = length(t))`
  );
}

/** The fields are counted from 1, or from the end by negative numbers. */
export function splitPart(text: string, separator: string, position: string): string {
  const found = `instr(rest, d) > 0 AND d <> ''`;
  const fields =
    `WITH RECURSIVE p(d, n, i, rest, field) AS (SELECT ${separator}, ${position}, 0, ${text}, NULL UNION ALL ` +
    `SELECT d, n, i + 1, iif(${found}, substr(rest, instr(rest, d) + length(d)), NULL), iif(${found}, substr(rest, 1, instr(rest, d) - 1), rest) ` +
    `FROM p WHERE rest IS NOT NULL)`;
  const field = `(${fields} SELECT field FROM p WHERE i > 0 AND i = iif(n > 0, n, (SELECT max(i) FROM p) + 1 + n))`;
  return (
    `(CASE WHEN ${text} IS NULL OR ${separator} IS NULL OR ${position} IS NULL THEN NULL ` +
    `WHEN ${position} = 0 THEN ${raiseSql('22023', 'field position must not be zero')} ELSE coalesce(${field}, '') END)`
  );
}

export function overlaid(text: string, replacement: string, start: string, length = `length(${replacement})`): string {
  const head = `substr(${text}, 1, ${start} - 1)`;
  const isNull = [text, replacement, start, length].map((part) => `${part} IS NULL`).join(' OR ');
  const tooFar = raiseSql('22003', 'integer out of range');
  return `(CASE WHEN ${isNull} THEN NULL WHEN ${start} <= 0 THEN ${NEGATIVE_LENGTH} WHEN ${start} + ${length} > 2147483647 THEN ${tooFar} ELSE ${head} || ${replacement} || substr(${text}, max(1, ${start} + ${length})) END)`;
}

export function character(code: string): string {
  const negative = raiseSql('22023', 'character number must be positive');
  const tooLarge = raiseAboutSql('54000', 'requested character too large for encoding: ', code, '');
  const surrogate = raiseAboutSql('54000', 'requested character not valid for encoding: ', code, '');
  return (
    `(CASE WHEN ${code} IS NULL THEN NULL WHEN ${code} < 0 THEN ${negative} WHEN ${code} = 0 THEN ${raiseSql('54000', 'null character not permitted')} ` +
    `WHEN ${code} > 1114111 THEN ${tooLarge} WHEN ${code} BETWEEN 55296 AND 57343 THEN ${surrogate} ELSE char(${code}) END)`
  );
}

export function codeOf(text: string): string {
  return `iif(${text} = '', 0, unicode(${text}))`;
}
