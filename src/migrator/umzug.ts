import type { Sequelize } from 'sequelize';
import type { Umzug } from 'umzug';
import { ConfigurationError } from '../errors.js';
import type { Migration, MigrationInterface, MigrationStep } from '../options.js';
import type { ResolvedMigrations } from '../options/resolve-migrations.js';
import { isDownFile, loadMigration, type MigrationSteps } from './load-migration.js';
import type { Direction, MigrationRecords } from './records.js';

/** A migration's name, and its file where it has one. */
export interface NamedMigration {
  readonly name: string;
  readonly path: string | undefined;
}

/** Runs one step of one migration. */
export type RunStep = (migration: NamedMigration, direction: Direction, step: () => Promise<unknown>) => Promise<void>;

interface UmzugOptions {
  readonly sequelize: Sequelize;
  readonly plan: ResolvedMigrations;
  readonly records: MigrationRecords;
  readonly run: RunStep;
}

/** Umzug over the migrations of a plan. It finds them, orders them and keeps to what is recorded. */
export async function umzugOf({ sequelize, plan, records, run }: UmzugOptions): Promise<Umzug> {
  const { Umzug: UmzugClass } = await loadUmzug();
  const given = new Gifts(sequelize, plan.context);
  const runnable = ({ name, path }: NamedMigration, stepsOf: () => Promise<MigrationSteps>) => {
    const half = (direction: Direction) => () =>
      run({ name, path }, direction, async () => {
        const step = (await stepsOf())[direction];
        if (typeof step !== 'function')
          throw new Error(`It has no '${direction}'${direction === 'down' ? ', so it can’t be undone' : ''}.`);
        return await given.to(step, { name, path });
      });
    return { name, ...(path !== undefined && { path }), up: half('up'), down: half('down') };
  };
  return new UmzugClass<object>({
    migrations: async () => {
      if ('list' in plan.source)
        return plan.source.list.map((each) => runnable({ name: each.name, path: undefined }, () => Promise.resolve(stepsOfObject(each))));
      const found = new UmzugClass({
        migrations: { glob: globOf(plan.source.glob), resolve: ({ name, path }) => ({ name, path: path ?? '', up: nothing }) },
        logger: undefined,
      });
      const files = (await found.pending()).filter(({ path = '' }) => !isDownFile(path));
      refuseTwins(files);
      // A wrong path would give a fallback without tables.
      if (files.length === 0) throw noFiles(plan.source.glob);
      return files.map(({ name, path = '' }) => runnable({ name, path }, () => loadMigration(path)));
    },
    context: {},
    storage: {
      executed: () => records.executed(),
      // Whoever runs it records it, together with the end of its beginning.
      logMigration: nothing,
      unlogMigration: nothing,
    },
    logger: undefined,
  });
}

const nothing = (): Promise<void> => Promise.resolve();

const stepsOfObject = (migration: Migration): MigrationSteps => ({
  // As methods, because they may use `this`.
  up: (...given) => migration.up(...given),
  down: migration.down === undefined ? undefined : (...given) => migration.down?.(...given),
});

function globOf([pattern, { cwd, ignore }]: readonly [string, { cwd: string; ignore?: string[] }]): [
  string,
  { cwd: string; ignore?: string[] },
] {
  return [pattern, ignore === undefined ? { cwd } : { cwd, ignore }];
}

const noFiles = ([pattern, { cwd }]: readonly [string, { cwd: string }]): ConfigurationError =>
  new ConfigurationError('migrations.glob', 'must find at least one migration', `'${pattern}' in ${cwd}`);

/** They are recorded by name alone. */
function refuseTwins(files: readonly { readonly name: string; readonly path?: string }[]): void {
  const seen = new Map<string, string>();
  for (const { name, path = '' } of files) {
    const other = seen.get(name);
    if (other !== undefined)
      throw new ConfigurationError('migrations.glob', `must find each name once: ${other} and ${path} have the same`);
    seen.set(name, path);
  }
}

/** @throws ConfigurationError where the package is missing */
export async function loadUmzug(): Promise<typeof import('umzug')> {
  try {
    return await import('umzug');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND' && (error as { code?: unknown }).code !== 'MODULE_NOT_FOUND')
      throw error;
    throw new ConfigurationError('migrations', 'need the package umzug, version 3: npm install umzug');
  }
}

/** What migrations are given. */
class Gifts {
  constructor(
    private readonly sequelize: Sequelize,
    private readonly context: unknown,
  ) {}

  /**
   * The first is a query interface that has what Umzug gives besides: which of the two formats a migration has can't be seen, for
   * one that is written for sequelize-cli may take one argument, too.
   */
  async to(step: MigrationStep, { name, path }: NamedMigration): Promise<unknown> {
    const queryInterface = this.sequelize.getQueryInterface();
    const first = Object.create(queryInterface, {
      context: { value: this.context ?? queryInterface },
      name: { value: name },
      path: { value: path },
    }) as MigrationInterface;
    return await step(first, this.sequelize.constructor as Parameters<MigrationStep>[1]);
  }
}
