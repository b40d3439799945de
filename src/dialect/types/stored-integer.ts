import type { Stored } from './codec.js';

/** How a whole number travels to the driver: as a number where that is exact, else as text. */
export function storedInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** The text of a stored whole number. */
export function integerText(stored: Exclude<Stored, null>): string {
  return typeof stored === 'string' ? stored : String(stored);
}

/** The driver binds numbers beyond 32 bits as REAL, and larger ones come as text. */
export function bindInteger(placeholder: string): string {
  return `CAST(${placeholder} AS INTEGER)`;
}

/** The driver loses digits beyond 2^53. */
export function selectText(sql: string): string {
  return `CAST(${sql} AS TEXT)`;
}
