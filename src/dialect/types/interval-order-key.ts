const DAY = '86400000000';

/** SQL: the microseconds that PostgreSQL compares intervals by, of their text; a month counts 30 days. Without a subquery: indexes are made of it. */
export function intervalOrderKey(x: string): string {
  const years = `iif(instr(${x}, ' year') > 0, CAST(${x} AS INTEGER), 0)`;
  const months = numberAfter(before(x, 'mon'), `'r'`);
  const days = `iif(instr(${x}, ' mon') > 0, ${numberAfter(before(x, 'day'), `'n'`)}, ${numberAfter(before(x, 'day'), `'r'`)})`;
  return `(((${years} * 12 + ${months}) * 30 + ${days}) * ${DAY} + ${clockMicros(x)})`;
}

/** Empty where the unit isn't there. */
function before(x: string, unit: string): string {
  return `substr(${x}, 1, max(0, instr(${x}, ' ${unit}') - 1))`;
}

/** The number behind the name of the unit before, which ends in the letter and perhaps an s. */
function numberAfter(text: string, letter: string): string {
  return `CAST(ltrim(substr(${text}, instr(${text}, ${letter}) + 1), 's ') AS INTEGER)`;
}

/** Of the last word, `-100:20:30.5`. */
function clockMicros(x: string): string {
  const clock = `substr(${x}, length(rtrim(${x}, '0123456789:.+-')) + 1)`;
  const hours = `CAST(ltrim(${clock}, '+-') AS INTEGER)`;
  const rest = `substr(${x}, instr(${x}, ':') + 1)`;
  const fraction = `CAST(substr(substr(${rest}, 7) || '000000', 1, 6) AS INTEGER)`;
  const seconds = `((${hours} * 60 + CAST(substr(${rest}, 1, 2) AS INTEGER)) * 60 + CAST(substr(${rest}, 4, 2) AS INTEGER))`;
  return `iif(instr(${x}, ':') = 0, 0, iif(${clock} GLOB '-*', -1, 1) * (${seconds} * 1000000 + ${fraction}))`;
}
