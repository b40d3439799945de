import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedPort } from './support/free-port.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
const load = createRequire(import.meta.url);
const versionOf = (name: string): string => (load(`${name}/package.json`) as { version: string }).version;

/** Installing means compiling SQLite where no compiled one is at hand. */
const INSTALL_MS = 360_000;

let folder: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sr-package-'));
  port = await closedPort();
  const app = path.join(folder, 'app');
  await mkdir(app);
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await writeFile(path.join(app, 'package.json'), JSON.stringify({ name: 'app', private: true, allowScripts: { sqlite3: true } }));
  const packages = ['sequelize', 'pg', 'sqlite3', 'typescript', '@types/node'].map((name) => `${name}@${versionOf(name)}`);
  const prebuilds = await compiledSqlite(folder);
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', path.join(folder, filename), ...packages], {
    cwd: app,
    env: { ...process.env, npm_config_sqlite3_local_prebuilds: prebuilds },
  });
}, INSTALL_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The addon that this checkout compiled, where prebuild-install looks for it, so that it is compiled once. */
async function compiledSqlite(into: string): Promise<string> {
  const prebuilds = path.join(into, 'prebuilds');
  await mkdir(prebuilds);
  const name = `sqlite3-v${versionOf('sqlite3')}-napi-v6-${process.platform}-${process.arch}.tar.gz`;
  const sqlite3 = path.dirname(load.resolve('sqlite3/package.json'));
  await run('tar', ['-czf', path.join(prebuilds, name), '-C', sqlite3, 'build/Release/node_sqlite3.node']);
  return prebuilds;
}

/** Runs a program in the folder in which the package was installed, as on a developer's machine without PostgreSQL. */
async function runApp(file: string, source: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const app = path.join(folder, 'app');
  await writeFile(path.join(app, file), source);
  const machine = { ...process.env, CI: '', NODE_ENV: '', VITEST: '' };
  const { stdout } = await run(process.execPath, [file], { cwd: app, env: { ...machine, PORT: String(port), ...env } });
  return stdout.trim().split('\n').at(-1) ?? '';
}

const useIt = `
  const connection = await createResilientConnection({
    serviceName: 'app',
    primary: { host: '127.0.0.1', port: process.env.PORT, username: 'u', password: 'p', database: 'd', logging: false },
    logger: false,
  });
  const { sequelize } = connection;
  const User = sequelize.define('User', { tags: DataTypes.ARRAY(DataTypes.STRING), prefs: DataTypes.JSONB });
  await User.create({ tags: ['a', 'b'], prefs: { theme: 'dark' } });
  const [user] = await User.findAll();
  console.log(JSON.stringify([connection.getStatus().dialect, sequelize instanceof Sequelize, user.tags, user.prefs]));
  await connection.close();
`;
const used = JSON.stringify(['sqlite', true, ['a', 'b'], { theme: 'dark' }]);

describe('the packed tarball, installed in an empty folder', () => {
  it('holds the build and the papers, and nothing else', async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'], { cwd: root });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const strange = files
      .map((file) => file.path)
      .filter((name) => !/^(dist\/.+|package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/.+)$/.test(name));
    expect(strange).toEqual([]);
  });

  it('is used from ESM', async () => {
    const source = `import { createResilientConnection } from 'sequelize-resilient';\nimport { DataTypes, Sequelize } from 'sequelize';\n${useIt}`;
    expect(await runApp('esm.mjs', source)).toBe(used);
  });

  it('is used from CommonJS', async () => {
    const source = `const { createResilientConnection } = require('sequelize-resilient');\nconst { DataTypes, Sequelize } = require('sequelize');\n(async () => {${useIt}})();`;
    expect(await runApp('cjs.cjs', source)).toBe(used);
  });

  it('serves both builds in one process', async () => {
    const source = `
      import * as esm from 'sequelize-resilient';
      import { createRequire } from 'node:module';
      import { DataTypes } from 'sequelize';
      const cjs = createRequire(import.meta.url)('sequelize-resilient');
      const seen = [];
      for (const [name, { createResilientConnection }] of [['esm', esm], ['cjs', cjs]]) {
        const connection = await createResilientConnection({ serviceName: 'both-' + name, primary: { host: '127.0.0.1', port: process.env.PORT, logging: false }, logger: false });
        const Thing = connection.sequelize.define('Thing', { n: DataTypes.INTEGER });
        await Thing.create({ n: 1 });
        seen.push(name, await Thing.count());
        await connection.close();
      }
      console.log(seen.join(' '));`;
    expect(await runApp('both.mjs', source)).toBe('esm 1 cjs 1');
  });

  it.each([
    ['esm', "import * as library from 'sequelize-resilient'; import * as testing from 'sequelize-resilient/testing';"],
    ['cjs', "const library = require('sequelize-resilient'); const testing = require('sequelize-resilient/testing');"],
  ])('has an entry for tests beside it, and errors that keep their names: %s', async (kind, imports) => {
    const source = `
      ${imports}
      const errors = Object.entries(library).filter(([name]) => name.endsWith('Error')).map(([name, made]) => name === made.name);
      (async () => {
        const outage = await testing.startOutageProxy({ host: '127.0.0.1', port: Number(process.env.PORT) });
        const connection = new library.ResilientConnection({ serviceName: 'testing-${kind}', primary: { host: outage.host, port: outage.port, logging: false }, logger: false });
        const { state } = await testing.waitFor(connection, 'fallback');
        await connection.close();
        await outage.close();
        console.log(errors.length > 5 && errors.every(Boolean), state, outage.connectionsAccepted > 0);
      })();`;
    expect(await runApp(`testing.${kind === 'esm' ? 'mjs' : 'cjs'}`, source)).toBe('true fallback true');
  });

  it('never loads sqlite3 in production', async () => {
    const source = `
      const { createResilientConnection } = require('sequelize-resilient');
      (async () => {
        const error = await createResilientConnection({
          serviceName: 'app', logger: false, options: { maxRetries: 0 },
          primary: { host: '127.0.0.1', port: process.env.PORT, logging: false },
        }).catch((reason) => reason);
        console.log(error.name, Object.keys(require.cache).filter((file) => /node_modules.sqlite3/.test(file)).length);
      })();`;
    expect(await runApp('production.cjs', source, { NODE_ENV: 'production' })).toBe('PrimaryUnavailableError 0');
  });

  it('type-checks in strict TypeScript with no error but the two in declarations of Sequelize', async () => {
    const app = path.join(folder, 'app');
    await writeFile(
      path.join(app, 'typed.ts'),
      `import { configFromEnv, createResilientConnection, ResilientConnection, StaleRowError, type ResilientEvents, type Status } from 'sequelize-resilient';
       import { startOutageProxy, waitFor, type OutageController } from 'sequelize-resilient/testing';
       import type { Sequelize } from 'sequelize';
       const connection: ResilientConnection = new ResilientConnection({ ...configFromEnv(), serviceName: 'typed', fallback: { storage: ':memory:' } });
       export const sequelize: Sequelize = connection.sequelize;
       connection.on('failover', ({ from, to, reason, epoch, durationMs }) => console.log(from, to, reason, epoch, durationMs));
       // @ts-expect-error there is no such event
       connection.on('failedOver', () => undefined);
       // @ts-expect-error misspelt
       void createResilientConnection({ serviceName: 'x', option: {} });
       export const status: Status = connection.getStatus();
       export const outage: Promise<OutageController> = startOutageProxy({ host: 'localhost', port: 5432 });
       export const waited: Promise<Status> = waitFor(connection, ['fallback', 'unavailable'], { timeoutMs: 1000 });
       // @ts-expect-error there is no such state
       void waitFor(connection, 'fallen-back');
       export const told = (event: ResilientEvents['connected']): string => event.dialect;
       export const stale = (error: unknown): boolean => error instanceof StaleRowError && error.origin === 'primary';`,
    );
    const flags = [
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noEmit',
      '--skipLibCheck',
      'false',
      '--module',
      'nodenext',
      '--types',
      'node',
    ];
    const tsc = path.join(app, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [tsc, ...flags, 'typed.ts'], { cwd: app }).catch(
      (error: unknown) => error as { stdout: string },
    );
    const errors = stdout.split('\n').filter((line) => line.includes(': error '));
    expect(errors.filter((line) => !/sequelize.types.errors.database.(exclusion|unknown)-constraint-error/.test(line))).toEqual([]);
    expect(errors.every((line) => line.includes('TS2420'))).toBe(true);
  });

  it('declares what it needs: few dependencies, optional peers', async () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
      await readFile(path.join(root, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, unknown>>;
    expect(Object.keys(dependencies ?? {})).toEqual(['commander', 'eventemitter3', 'pg-connection-string']);
    expect(Object.keys(peerDependencies ?? {}).sort()).toEqual(['pg', 'prom-client', 'sequelize', 'sqlite3', 'umzug']);
    const optional = { optional: true };
    expect(peerDependenciesMeta).toEqual({ 'prom-client': optional, sqlite3: optional, umzug: optional });
  });
});
