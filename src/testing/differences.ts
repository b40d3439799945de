import { inspect } from 'node:util';
import type { EngineOutcome } from './outcome.js';

/** So many are told; a line at the end says how many more there are. */
const MOST_TOLD = 50;
const LONGEST_SHOWN = 200;

/** What differs between what the two engines gave, as readable lines; none where nothing does. */
export function differencesBetween(postgres: EngineOutcome, sqlite: EngineOutcome): string[] {
  const found = [...outcomesDiffer(postgres, sqlite)];
  const more = found.length - MOST_TOLD;
  return more <= 0 ? found : [...found.slice(0, MOST_TOLD), `and ${more} more`];
}

function* outcomesDiffer(postgres: EngineOutcome, sqlite: EngineOutcome): Generator<string> {
  if (isRefusal(sqlite.error) && !isRefusal(postgres.error)) yield refused(sqlite.error);
  else if (!postgres.error && !sqlite.error) yield* valuesDiffer('', postgres.value, sqlite.value);
  else if (postgres.error && sqlite.error) yield* valuesDiffer('error', postgres.error, sqlite.error);
  else yield `PostgreSQL ${told(postgres)}, SQLite ${told(sqlite)}`;
}

const refused = ({ message }: Refusal): string => `SQLite refuses: ${String(message)}`;

function told({ error, value }: EngineOutcome): string {
  if (error === undefined) return `answers ${shown(value)}`;
  return `fails: ${'thrown' in error ? String(error['thrown']) : `${String(error['name'])}: ${String(error['message'])}`}`;
}

/** @param path where in the result the two stand; `''` is the result itself */
function* valuesDiffer(path: string, postgres: unknown, sqlite: unknown): Generator<string> {
  if (isRefusal(sqlite) && !isRefusal(postgres)) yield `${path === '' ? '' : `${path}: `}${refused(sqlite)}`;
  else if (Array.isArray(postgres) && Array.isArray(sqlite)) yield* listsDiffer(path, postgres, sqlite);
  else if (isPlain(postgres) && isPlain(sqlite)) yield* objectsDiffer(path, postgres, sqlite);
  else if (!isSame(postgres, sqlite)) yield line(path, postgres, sqlite);
}

function* listsDiffer(path: string, postgres: readonly unknown[], sqlite: readonly unknown[]): Generator<string> {
  if (postgres.length !== sqlite.length) yield line(`${path}${path === '' ? '' : '.'}length`, postgres.length, sqlite.length);
  const inBoth = Math.min(postgres.length, sqlite.length);
  for (let index = 0; index < inBoth; index++) yield* valuesDiffer(`${path}[${index}]`, postgres[index], sqlite[index]);
}

type Facts = Readonly<Record<string, unknown>>;

function* objectsDiffer(path: string, postgres: Facts, sqlite: Facts): Generator<string> {
  for (const key of new Set([...Object.keys(postgres), ...Object.keys(sqlite)])) {
    const at = isWord(key) ? `${path}${path === '' ? '' : '.'}${key}` : `${path}[${inspect(key)}]`;
    if (Object.hasOwn(postgres, key) && Object.hasOwn(sqlite, key)) yield* valuesDiffer(at, postgres[key], sqlite[key]);
    else yield line(at, ...([postgres, sqlite].map((facts) => (Object.hasOwn(facts, key) ? facts[key] : NOTHING)) as [unknown, unknown]));
  }
}

const isWord = (key: string): boolean => /^[A-Za-z_$][\w$]*$/.test(key);

interface Refusal {
  readonly name: 'UnsupportedOnFallbackError';
  readonly message: unknown;
}

const isRefusal = (value: unknown): value is Refusal => isPlain(value) && value['name'] === 'UnsupportedOnFallbackError';

const isPlain = (value: unknown): value is Facts =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && !Buffer.isBuffer(value);

function isSame(postgres: unknown, sqlite: unknown): boolean {
  if (postgres instanceof Date && sqlite instanceof Date) return Object.is(postgres.getTime(), sqlite.getTime());
  if (Buffer.isBuffer(postgres) && Buffer.isBuffer(sqlite)) return postgres.equals(sqlite);
  return Object.is(postgres, sqlite);
}

/** In the place of what one of two objects lacks. */
const NOTHING = Symbol('nothing');

const line = (path: string, postgres: unknown, sqlite: unknown): string =>
  `${path === '' ? 'the result' : path}: ${shown(postgres)} on PostgreSQL, ${shown(sqlite)} on SQLite`;

function shown(value: unknown): string {
  if (value === NOTHING) return 'nothing';
  const text = inspect(value, { depth: 4, breakLength: Infinity, maxArrayLength: 20, maxStringLength: LONGEST_SHOWN });
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
