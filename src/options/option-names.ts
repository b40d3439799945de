import { ConfigurationError } from '../errors.js';
import type { BehaviourOptions, FallbackOptions, PrimaryOptions, ResilientConfig, SharedSequelizeOptions } from '../options.js';
import { isRecord, kindOf, refuse } from './rules.js';

type Names<Section> = Readonly<Record<keyof Section, true>>;
type Rules = Readonly<Record<string, string>>;

const CONFIG: Names<ResilientConfig> = {
  serviceName: true,
  primary: true,
  fallback: true,
  options: true,
  sequelize: true,
  schema: true,
  logger: true,
  classify: true,
  parity: true,
  Sequelize: true,
};
const PRIMARY: Names<PrimaryOptions> = {
  host: true,
  port: true,
  database: true,
  username: true,
  password: true,
  ssl: true,
  pool: true,
  logging: true,
  dialectOptions: true,
  url: true,
  hosts: true,
  targetSessionAttrs: true,
};
const FALLBACK: Names<FallbackOptions> = { storageDir: true, storage: true, logging: true, driver: true };
const OPTIONS: Names<BehaviourOptions> = {
  allowSQLiteFallback: true,
  autoReconnect: true,
  connectTimeout: true,
  maxRetries: true,
  retryDelay: true,
  healthCheckInterval: true,
  detection: true,
  maxWait: true,
  maxQueued: true,
};
const POOL = { max: true, min: true, idle: true, acquire: true, evict: true, maxUses: true, validate: true } as const;
const SEQUELIZE: Names<SharedSequelizeOptions> = {
  dialect: true,
  dialectModule: true,
  dialectModulePath: true,
  protocol: true,
  define: true,
  query: true,
  set: true,
  sync: true,
  timezone: true,
  omitNull: true,
  quoteIdentifiers: true,
  isolationLevel: true,
  transactionType: true,
  typeValidation: true,
  operatorsAliases: true,
  standardConformingStrings: true,
  clientMinMessages: true,
  hooks: true,
  minifyAliases: true,
  logQueryParameters: true,
  retry: true,
  schema: true,
  attributeBehavior: true,
  benchmark: true,
  logging: true,
};
// Sequelize 6.37.8 reads these too, although its types do not name them.
const SEQUELIZE_UNTYPED = { databaseVersion: true, keepDefaultTimezone: true, searchPath: true, foreignKeys: true } as const;
// What sequelize-typescript's class adds.
const SEQUELIZE_TYPESCRIPT = { models: true, modelPaths: true, modelMatch: true, repositoryMode: true } as const;

const LATER = 'is not available in this version';
const BELONGS_IN = 'belongs in';
const belongsIn = (...names: string[]): string => `${BELONGS_IN} ${names.join(' and ')}`;

/** The objects of the configuration: what is known in each, and what is understood but refused. */
const SECTIONS = {
  '': { known: CONFIG, refused: { carryOver: LATER } },
  primary: {
    known: PRIMARY,
    refused: { dialect: 'is not an option: the primary is always PostgreSQL' },
  },
  'primary.pool': { known: POOL, refused: {} },
  fallback: { known: FALLBACK, refused: { dialect: 'is not an option: the fallback is always SQLite' } },
  options: { known: OPTIONS, refused: {} },
  sequelize: {
    known: { ...SEQUELIZE, ...SEQUELIZE_UNTYPED, ...SEQUELIZE_TYPESCRIPT },
    refused: {
      storage: belongsIn('fallback.storageDir'),
      host: belongsIn('primary.host'),
      port: belongsIn('primary.port'),
      database: belongsIn('primary.database'),
      username: belongsIn('primary.username'),
      password: belongsIn('primary.password'),
      ssl: belongsIn('primary.ssl'),
      pool: belongsIn('primary.pool'),
      dialectOptions: belongsIn('primary.dialectOptions'),
      replication: 'is not supported: a unit of work runs on one database from start to end',
      native: 'is not supported: the sockets of pg-native cannot be watched',
    },
  },
  schema: { known: { primary: true, fallback: true }, refused: {} },
} as const satisfies Record<string, { known: Readonly<Record<string, true>>; refused: Rules }>;

/** The dotted name of one object of the configuration; `''` is the configuration itself. */
type SectionName = keyof typeof SECTIONS;

/** The dotted name of one option, as messages tell it. */
function optionName(section: string, key: string): string {
  return section === '' ? key : `${section}.${key}`;
}

/** One object of the configuration, after each of its names has been checked. A missing one is empty. */
export function readSection(section: SectionName, value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined && section !== '') return {};
  if (!isRecord(value)) return refuse(section === '' ? 'config' : section, 'must be an object', value);
  for (const key of Object.keys(value)) refuseStrangeName(section, key, value[key]);
  return value;
}

function refuseStrangeName(section: SectionName, key: string, value: unknown): void {
  const { known, refused }: { known: Readonly<Record<string, true>>; refused: Rules } = SECTIONS[section];
  if (Object.hasOwn(known, key)) return;
  const name = optionName(section, key);
  const rule = Object.hasOwn(refused, key) ? refused[key] : undefined;
  if (rule === undefined) throw new ConfigurationError(name, `is not an option; ${advice(section, key)}`);
  // What can't be had may be declined: shared configuration files are full of `replication: false`.
  const isDeclined = value === undefined || (value === false && !rule.startsWith(BELONGS_IN));
  if (!isDeclined) throw new ConfigurationError(name, rule, kindOf(value));
}

/** "did you mean …?" where a known name is near, else the names that are known. */
function advice(section: SectionName, key: string): string {
  const names = Object.keys(SECTIONS[section].known);
  const near = nearest(key, names);
  if (near !== undefined) return `did you mean ${optionName(section, near)}?`;
  const elsewhere = namesElsewhere(section).find((name) => lastPart(name).toLowerCase() === key.toLowerCase());
  return elsewhere === undefined ? `the options here are ${names.join(', ')}` : `did you mean ${elsewhere}?`;
}

function namesElsewhere(section: SectionName): string[] {
  return (Object.keys(SECTIONS) as SectionName[])
    .filter((other) => other !== section && other !== 'schema')
    .flatMap((other) => Object.keys(SECTIONS[other].known).map((key) => optionName(other, key)));
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** The known name that somebody may have meant, where one is near. */
export function nearest(key: string, names: readonly string[]): string | undefined {
  const farthest = key.length < 4 ? 1 : Math.max(2, Math.ceil(key.length / 3));
  const ranked = names
    .map((name) => ({ name, distance: isPart(key, name) ? 1 : editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const first = ranked[0];
  return first !== undefined && first.distance <= farthest ? first.name : undefined;
}

/** `user` for `username`, `timeout` for `connectTimeout`. */
function isPart(key: string, name: string): boolean {
  return key.length >= 4 && name.toLowerCase().includes(key.toLowerCase());
}

/** How many letters must be added, taken away or changed to come from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const changed = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
