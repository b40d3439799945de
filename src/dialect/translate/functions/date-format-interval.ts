import type { DateField } from './date-format-fields.js';

/** Negative numbers are one character wider. `by` is what the sign is taken of. */
function signed(sql: string, by = sql): DateField {
  return { text: (_, isFilled) => (isFilled ? `printf(iif(${by} < 0, '%03d', '%02d'), ${sql})` : `printf('%d', ${sql})`) };
}

const HOUR = 'u / 3600000000';
const HALF_DAY = `iif(${HOUR} % 12 = 0, 12, ${HOUR} % 12)`;

const BY_WORD: Readonly<Record<string, DateField>> = {
  HH24: signed(HOUR),
  HH12: signed(HALF_DAY, HOUR),
  HH: signed(HALF_DAY, HOUR),
  MI: signed('(u / 60000000 % 60)'),
  SS: signed('(u / 1000000 % 60)'),
  MS: { text: () => `printf('%03d', u % 1000000 / 1000)` },
  US: { text: () => `printf('%06d', u % 1000000)` },
  DD: { width: 2, number: () => 'd' },
  MM: signed('(m % 12)'),
};

/** Over the columns m, d and u of an interval. */
export const INTERVAL_FIELDS: ReadonlyMap<string, DateField> = new Map(
  Object.entries(BY_WORD).flatMap(([word, field]) => [[word, field] as const, [word.toLowerCase(), field] as const]),
);
