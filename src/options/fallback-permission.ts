import { ConfigurationError } from '../errors.js';

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether SQLite may be used, and why. */
export interface FallbackPermission {
  readonly allowed: boolean;
  /** What decided, as a part of a sentence: `'NODE_ENV=production'`, `'options.allowSQLiteFallback'`, `'the default outside production'`. */
  readonly decidedBy: string;
  /** What the status keeps saying where the fallback was allowed in spite of the surroundings. */
  readonly warning: string | null;
}

/** Of an environment: it becomes a label. */
const LONGEST_NAME = 64;

interface Surroundings {
  readonly sign: string;
  readonly danger: string;
}

/** `NODE_ENV` `production` or `prod` in any case; a stray space counts too (`set NODE_ENV=production && node …` on Windows leaves one). */
export function isProduction(env: Environment): boolean {
  return ['production', 'prod'].includes(nodeEnv(env));
}

/**
 * What kind of environment this is, for metrics: `production`, or `NODE_ENV` in lower case. Where it is not set that means development,
 * unless the surroundings are shared: of those nobody has said what they are.
 */
export function environmentName(env: Environment, isClusterWorker: boolean): string {
  if (isProduction(env)) return 'production';
  const name = nodeEnv(env);
  if (name !== '') return name.slice(0, LONGEST_NAME);
  return unfitSurroundings(env, isClusterWorker).length > 0 ? 'unknown' : 'development';
}

/** Refuses an explicit `true` in production. `name` is the option or variable that said so. */
export function refuseFallbackInProduction(name: string, explicit: boolean | undefined, env: Environment): void {
  if (explicit !== true || !isProduction(env)) return;
  throw new ConfigurationError(name, `must not be true with NODE_ENV=${env.NODE_ENV}: production never uses SQLite`, 'true');
}

/**
 * Where the fallback is allowed: never in production; elsewhere as the option says; by default everywhere but in tests and shared
 * environments, where a green run on the wrong database, or one SQLite file per replica, would deceive.
 */
export function fallbackPermission(explicit: boolean | undefined, env: Environment, isClusterWorker: boolean): FallbackPermission {
  refuseFallbackInProduction('options.allowSQLiteFallback', explicit, env);
  if (isProduction(env)) return { allowed: false, decidedBy: `NODE_ENV=${env.NODE_ENV}`, warning: null };
  const unfit = unfitSurroundings(env, isClusterWorker);
  if (explicit !== undefined) {
    return { allowed: explicit, decidedBy: 'options.allowSQLiteFallback', warning: explicit ? warningIn(unfit) : null };
  }
  if (unfit.length > 0) return { allowed: false, decidedBy: signsOf(unfit), warning: null };
  return { allowed: true, decidedBy: 'the default outside production', warning: null };
}

function unfitSurroundings(env: Environment, isClusterWorker: boolean): Surroundings[] {
  const greenRun = 'a green run may have run on the wrong database';
  const found: Surroundings[] = [];
  if (nodeEnv(env) === 'test') found.push({ sign: `NODE_ENV=${env.NODE_ENV}`, danger: greenRun });
  if (!['', 'false', '0'].includes((env.CI ?? '').trim().toLowerCase())) found.push({ sign: 'CI is set', danger: greenRun });
  if ((env.KUBERNETES_SERVICE_HOST ?? '') !== '') {
    found.push({ sign: 'KUBERNETES_SERVICE_HOST is set', danger: 'each replica has an SQLite file of its own' });
  }
  if (isClusterWorker) {
    found.push({ sign: 'this process is a cluster worker', danger: 'one worker may use SQLite while another uses PostgreSQL' });
  }
  return found;
}

function warningIn(unfit: readonly Surroundings[]): string | null {
  if (unfit.length === 0) return null;
  const dangers = [...new Set(unfit.map(({ danger }) => danger))].join(', and ');
  return `options.allowSQLiteFallback is true although ${signsOf(unfit)}: ${dangers}`;
}

function signsOf(unfit: readonly Surroundings[]): string {
  return unfit.map(({ sign }) => sign).join(' and ');
}

function nodeEnv(env: Environment): string {
  return (env.NODE_ENV ?? '').trim().toLowerCase();
}
