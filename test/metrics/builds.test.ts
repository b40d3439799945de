import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedPort } from '../support/free-port.js';
import { installPackage } from '../support/install-package.js';
import { tempFolder } from '../support/temp-folder.js';
import { tempRoot } from '../support/temp-root.js';

const run = promisify(execFile);

let app: string;
/** The same without prom-client. */
let bareApp: string;
let port: number;

beforeAll(async () => {
  [app, bareApp, port] = [tempFolder(), await mkdtemp(path.join(rootWithout('prom-client'), 'sr-bare-')), await closedPort()];
  await installPackage(app, ['prom-client']);
  await cp(app, bareApp, { recursive: true, verbatimSymlinks: true });
  await rm(path.join(bareApp, 'node_modules', 'prom-client'));
});
afterAll(() => rm(bareApp, { recursive: true, force: true }));

/** Where no folder above has a package: somebody's node_modules in the machine's folder for temporary files would be found. */
function rootWithout(name: string): string {
  const lacks = (root: string): boolean => {
    try {
      createRequire(path.join(root, 'app', 'main.js')).resolve(name);
      return false;
    } catch {
      return true;
    }
  };
  const root = [tempRoot(), '/var/tmp', homedir()].find(lacks);
  if (root === undefined) throw new Error(`${name} is found from everywhere`);
  return root;
}

/** Runs a program as on a developer's machine without PostgreSQL, and answers with its last line. */
async function runIn(folder: string, file: string, source: string): Promise<string> {
  await writeFile(path.join(folder, file), source);
  const env = { PATH: process.env['PATH'], NODE_ENV: 'development', PORT: String(port) };
  const { stdout } = await run(process.execPath, [file], { cwd: folder, env });
  return stdout.trim().split('\n').at(-1) ?? '';
}

const MAKE = `
  const make = ({ ResilientConnection }, serviceName) =>
    new ResilientConnection({ serviceName, primary: { host: '127.0.0.1', port: process.env.PORT }, fallback: { storage: ':memory:' }, logger: false });
  const lines = (text) => text.split('\\n').filter((line) => /^database_fallback_active/.test(line)).join(' ');
`;

const USE = `
  const connection = make(library, 'app');
  registerMetrics(connection);
  await connection.ready;
  const during = lines(await register.metrics());
  await connection.close();
  console.log(during, JSON.stringify(await register.metrics()));
`;
const USED = 'database_fallback_active{service="app"} 1 "\\n"';

describe('the entry for metrics, as it is published', () => {
  it('is used from ESM', async () => {
    const source = `
      import { register } from 'prom-client';
      import * as library from 'sequelize-resilient';
      import { registerMetrics } from 'sequelize-resilient/metrics';
      ${MAKE}${USE}`;
    expect(await runIn(app, 'esm.mjs', source)).toBe(USED);
  });

  it('is used from CommonJS', async () => {
    const source = `
      const { register } = require('prom-client');
      const library = require('sequelize-resilient');
      const { registerMetrics } = require('sequelize-resilient/metrics');
      ${MAKE}(async () => {${USE}})();`;
    expect(await runIn(app, 'cjs.cjs', source)).toBe(USED);
  });

  it('measures connections of the other build, and both share a registry', async () => {
    const source = `
      import { createRequire } from 'node:module';
      import { Gauge, Registry } from 'prom-client';
      import * as esm from 'sequelize-resilient';
      import * as esmMetrics from 'sequelize-resilient/metrics';
      const require = createRequire(import.meta.url);
      const cjs = require('sequelize-resilient');
      const cjsMetrics = require('sequelize-resilient/metrics');
      ${MAKE}
      const register = new Registry();
      const before = Reflect.ownKeys(register).length;
      const [a, b] = [make(esm, 'a'), make(cjs, 'b')];
      cjsMetrics.registerMetrics(a, { register });
      esmMetrics.registerMetrics(b, { register });
      esmMetrics.registerMetrics(a, { register });
      const seen = [lines(await register.metrics())];
      await a.close();
      seen.push(lines(await register.metrics()));
      new Gauge({ name: 'database_state', help: 'mine', registers: [register] });
      await b.close();
      seen.push(register.getMetricsAsArray().length, Reflect.ownKeys(register).length - before);
      for (const [metrics, { ConfigurationError }] of [[esmMetrics, esm], [cjsMetrics, cjs]]) {
        try { metrics.registerMetrics({}); } catch (error) { seen.push(error instanceof ConfigurationError); }
      }
      console.log(JSON.stringify(seen));`;
    expect(JSON.parse(await runIn(app, 'both.mjs', source))).toEqual([
      'database_fallback_active{service="a"} 0 database_fallback_active{service="b"} 0',
      'database_fallback_active{service="b"} 0',
      1,
      0,
      true,
      true,
    ]);
  });
});

describe('without prom-client', () => {
  it.each([
    ['esm', "import('sequelize-resilient/metrics')", /Cannot find package 'prom-client'/],
    ['cjs', "(async () => require('sequelize-resilient/metrics'))()", /Cannot find module 'prom-client'/],
  ])('the entry for metrics says what is missing: %s', async (kind, load, message) => {
    const source = `${load}.then(() => console.log('loaded'), (error) => console.log(error.message.split('\\n')[0]));`;
    expect(await runIn(bareApp, `missing.${kind === 'esm' ? 'mjs' : 'cjs'}`, source)).toMatch(message);
  });

  it.each([
    ['esm', "import * as library from 'sequelize-resilient';", 'await run();'],
    ['cjs', "const library = require('sequelize-resilient');", 'void run();'],
  ])('the main entry does all it does with it: %s', async (kind, load, start) => {
    const source = `
      ${load}${MAKE}
      async function run() {
        const connection = make(library, 'app');
        await connection.ready;
        const { state } = connection.getStatus();
        await connection.close();
        console.log(state);
      }
      ${start}`;
    expect(await runIn(bareApp, `main.${kind === 'esm' ? 'mjs' : 'cjs'}`, source)).toBe('fallback');
  });
});
