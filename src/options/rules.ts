import { ConfigurationError } from '../errors.js';

/** Whole numbers from `min` to `max`; `unit` is added to the rule, e.g. `' of milliseconds'`. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}

// A longer delay overflows a Node timer, which then fires after 1 ms.
const LONGEST_DELAY_MS = 2_147_483_647;

const milliseconds = (min: number, max: number): Range => ({ min, max, unit: ' of milliseconds' });

/** The ranges of the options that are numbers; `configFromEnv` refuses by the same ones. */
export const RANGES = {
  port: { min: 1, max: 65_535 },
  connectTimeout: milliseconds(1, 600_000),
  maxRetries: { min: 0, max: 1000 },
  retryDelay: milliseconds(0, 600_000),
  healthCheckInterval: milliseconds(100, LONGEST_DELAY_MS),
  maxWait: milliseconds(0, LONGEST_DELAY_MS),
  maxQueued: { min: 0, max: Number.MAX_SAFE_INTEGER },
} as const satisfies Record<string, Range>;

const LONGEST_SHOWN = 80;
const MAY_HOLD_A_PASSWORD = /:\/\/|:[^@]*@|passw|pwd/i;

/** What a message says about a value: a string that looks like a connection string, and what is inside an object, are never shown. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'string') return kindOf(value);
  if (MAY_HOLD_A_PASSWORD.test(value)) return 'a string that is not shown, because it may hold a password';
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}

/** What a message says about a value that may be a secret. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Refuses `value`, and tells of it what may be told. */
export function refuse(name: string, rule: string, value: unknown): never {
  throw new ConfigurationError(name, rule, shown(value));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Each of the following takes a value that may be missing, and answers `undefined` for it.

export function wholeNumber(name: string, value: unknown, range: Range): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  return refuse(name, wholeNumberRule(range), value);
}

export function wholeNumberRule({ min, max, unit = '' }: Range): string {
  const upTo = max === Number.MAX_SAFE_INTEGER ? ' up' : ` to ${max}`;
  return `must be a whole number${unit} from ${min}${upTo}`;
}

/** A whole number, or the digits of one. */
export function digitsOrNumber(name: string, value: unknown, range: Range): number | undefined {
  const isDigits = typeof value === 'string' && /^\d{1,15}$/.test(value);
  return wholeNumber(name, isDigits ? Number(value) : value, range);
}

export function trueOrFalse(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  return refuse(name, 'must be true or false', value);
}

export function nonEmptyString(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0'))) return value;
  return refuse(name, 'must be a non-empty string', value);
}

/** The name of a database or a role. A connection string that came here by mistake would be told in PostgreSQL's own errors. */
export function databaseWord(name: string, value: unknown): string | undefined {
  const word = nonEmptyString(name, value);
  return word?.includes('://') ? refuse(name, 'must be a name; a connection string belongs in primary.url or DATABASE_URL', value) : word;
}

export function oneOf<const Choice extends string>(name: string, value: unknown, choices: readonly Choice[]): Choice | undefined {
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined || value === undefined) return choice;
  return refuse(name, `must be ${choices.map((candidate) => `'${candidate}'`).join(' or ')}`, value);
}

/** A host's name or address; whole connection strings are told where they belong, and not shown. */
export function hostName(name: string, value: unknown): string | undefined {
  const host = nonEmptyString(name, value);
  if (host === undefined) return undefined;
  if (host.includes(',')) return refuse(name, 'must be one host; several belong in primary.hosts', value);
  // A socket directory may hold anything; a name or an address may not.
  if (!host.startsWith('/') && /[\s/@?#]/.test(host)) {
    throw new ConfigurationError(
      name,
      "must be a host's name or address; a connection string belongs in primary.url or DATABASE_URL",
      'a string with other characters',
    );
  }
  return host;
}

const SERVICE_NAME_RULE =
  "must match [a-z0-9][a-z0-9._-]* without '..' and have at most 64 characters, because the fallback's file is named after it";

export function serviceNameIn(name: string, value: unknown): string {
  const isSafe = typeof value === 'string' && /^[a-z0-9][a-z0-9._-]{0,63}$/.test(value) && !value.includes('..');
  return isSafe ? value : refuse(name, SERVICE_NAME_RULE, value);
}
