/** Of more digits than an INTEGER holds, or with a power of ten that no REAL holds exactly, the nearest REAL is not reckoned. */
const MOST_DIGITS = 18;
const MOST_EXPONENT = 22;

/** Splits a REAL into two halves of 26 bits, whose products are exact (T. J. Dekker, A floating-point technique for extending the available precision, 1971). */
const SPLITTER = '134217729.0';

/**
 * SQL: the REAL that is nearest to a number's text, as PostgreSQL reads it; `unread` where it is too long. SQLite's own reading is one bit
 * beside for some numbers even of fifteen digits. Here the digits are an INTEGER and the power of ten a REAL, both exact; what their quotient
 * or product has lost by rounding is reckoned exactly and added.
 */
export function exactFloat(text: string, unread: string): string {
  const whole = `length(${text}) <= 15 AND ${text} NOT GLOB '*[^0-9]*'`;
  return `iif(${whole}, CAST(${text} AS INTEGER) * 1.0, ${nearest(text, unread)})`;
}

function nearest(text: string, unread: string): string {
  const lost = `(i - CAST(a AS INTEGER))`;
  const ofQuotient = `q + ((a - h) + (${lost} - e)) / c`;
  const ofProduct = `h + (e + ${lost} * c)`;
  const value = `CASE WHEN s = '' THEN 0.0 WHEN length(s) > ${MOST_DIGITS} OR abs(p) > ${MOST_EXPONENT} THEN ${unread} WHEN p < 0 THEN ${ofQuotient} ELSE ${ofProduct} END`;
  return `(SELECT iif(g, -1.0, 1.0) * ${value} FROM ${withLostPart(digitsAndPower(text))})`;
}

/** SQL: rows of one: g is true of negative ones, s the digits between the outer zeros, p the power of ten that they are multiplied with. */
function digitsAndPower(text: string): string {
  const parts = `SELECT ${text} GLOB '-*' AS g, lower(ltrim(${text}, '+-')) AS b LIMIT 1`;
  const split = `SELECT g, substr(b, 1, instr(b || 'e', 'e') - 1) AS m, CAST(substr(b, instr(b || 'e', 'e') + 1) AS INTEGER) AS x FROM (${parts}) LIMIT 1`;
  const digits = `SELECT g, ltrim(replace(m, '.', ''), '0') AS d, x - length(substr(m, instr(m || '.', '.') + 1)) AS p FROM (${split}) LIMIT 1`;
  return `(SELECT g, rtrim(d, '0') AS s, p + length(d) - length(rtrim(d, '0')) AS p FROM (${digits}) LIMIT 1)`;
}

/** SQL: the same with the INTEGER i and its REAL a, the power c, the quotient q; h + e is exactly (q or a) * c. */
function withLostPart(from: string): string {
  const numbers = `SELECT g, s, p, CAST(s AS INTEGER) AS i, CAST(CAST(s AS INTEGER) AS REAL) AS a, CAST('1e' || min(abs(p), ${MOST_EXPONENT}) AS REAL) AS c FROM ${from} LIMIT 1`;
  const factors = `SELECT *, a / c AS q, iif(p < 0, a / c, a) AS u FROM (${numbers}) LIMIT 1`;
  return exactProduct(`(${factors})`);
}

/** SQL: rows with the REALs u and c, and h + e, which is exactly their product. */
export function exactProduct(from: string): string {
  const halves = `SELECT *, u * c AS h, ${upperHalf('u')} AS y, ${upperHalf('c')} AS o FROM ${from} LIMIT 1`;
  return `(SELECT *, ((y * o - h) + y * (c - o) + (u - y) * o) + (u - y) * (c - o) AS e FROM (${halves}) LIMIT 1)`;
}

function upperHalf(real: string): string {
  return `${real} * ${SPLITTER} - (${real} * ${SPLITTER} - ${real})`;
}
