import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../package.json';
import * as library from '../src/index.js';
import { configFromEnv } from '../src/options/config-from-env.js';
import { resolveConfig } from '../src/options/resolve-config.js';
import type { ResilientConfig } from '../src/options.js';
import { closedPort } from './support/free-port.js';
import { installPackage } from './support/install-package.js';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
const readme = await readFile(path.join(root, 'README.md'), 'utf8');
const DEVELOPMENT = { NODE_ENV: 'development' };

/** The defaults that are no JSON. */
const CONSOLE: Record<string, unknown> = { console, 'console.log': console.log };

/** The cells of each row of the table whose head begins with `firstHead`; several tables may. */
function tableRows(firstHead: string): string[][] {
  return readme
    .split(new RegExp(`^\\|\\s*${firstHead}\\s*\\|.*\n`, 'm'))
    .slice(1)
    .flatMap((after) => rowsAtTheStartOf(after.split('\n').slice(1)));
}

function rowsAtTheStartOf(lines: readonly string[]): string[][] {
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

/** What stands between the first two backticks. */
const code = (cell = ''): string => /`([^`]*)`/.exec(cell)?.[1] ?? '';

/** `{ serviceName, a: { b: value } }` of `'a.b'`. */
function configWith(option: string, value: unknown): ResilientConfig {
  const nested = option.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return { serviceName: 'shop', ...(nested as object) };
}

const resolve = (config: ResilientConfig) => resolveConfig(config, DEVELOPMENT);

/** The names that the library knows, as it tells them when it is asked for one that it doesn't know. */
function optionsOf(section: string): string[] {
  const name = section === '' ? 'zzzzzzzzzzzz' : `${section}.zzzzzzzzzzzz`;
  try {
    resolve(configWith(name, 1));
  } catch (error) {
    const list = /the options here are (.*)$/.exec(String(error))?.[1] ?? '';
    return list.split(', ').map((key) => (section === '' ? key : `${section}.${key}`));
  }
  throw new Error(`${name} was accepted.`);
}

describe('the tables of the README', () => {
  const options = tableRows('option');

  it('name every option and no other', () => {
    const sections = ['primary', 'fallback', 'options', 'schema'];
    const known = ['', ...sections].flatMap(optionsOf).filter((name) => !sections.includes(name));
    expect(options.map(([name]) => code(name)).sort()).toEqual(known.sort());
  });

  it.each(options.filter(([, value = '']) => value.startsWith('`')))('give the default of %s: %s', (name, value) => {
    const text = code(value);
    const given: unknown = CONSOLE[text] ?? JSON.parse(text.replaceAll("'", '"'));
    expect(resolve(configWith(code(name), given))).toEqual(resolve({ serviceName: 'shop' }));
  });

  it.each(options.filter(([, , variable]) => variable))(
    'name a variable for %s that is read (default %s, variable %s)',
    (name, value, variable) => {
      const samples: Record<string, string> = {
        SERVICE_NAME: 'mill',
        DATABASE_URL: 'postgres://miller@mill.example/flour',
        SQLITE_FALLBACK: 'true',
        DB_NAME: 'flour',
        DB_USER: 'miller',
        DB_PASSWORD: 'word',
        DB_SSL: 'true',
      };
      const sample = samples[code(variable)] ?? code(value).replaceAll("'", '');
      const read = code(name)
        .split('.')
        .reduce<unknown>(
          (section, key) => (section as Record<string, unknown>)[key],
          configFromEnv({ ...DEVELOPMENT, [code(variable)]: sample }),
        );
      expect(String(read)).toBe(sample);
    },
  );

  it('list the events and what each carries', async () => {
    const listed = tableRows('event').map(([name, payload]) => [code(name), code(payload).split(', ').filter(Boolean)]);
    expect(listed).toEqual(membersOf('ResilientEvents', await sourceOf('src/events.ts')));
  });

  it('list the error classes and their codes', async () => {
    const listed = tableRows('error').map(([name, text]) => [code(name), code(text)]);
    const source = (await sourceOf('src/errors.ts')).text;
    const codes = [...source.matchAll(/class (\w+) extends ResilienceError[\s\S]*?super\(\s*'(\w+)'/g)].map(([, name, text]) => [
      name,
      text,
    ]);
    expect(listed.sort()).toEqual(codes.sort());
    for (const [name] of listed) expect(library).toHaveProperty(name ?? '');
  });

  it('list the states', async () => {
    const { text } = await sourceOf('src/failover/state.ts');
    const states = new Set([...text.matchAll(/readonly name: '(\w+)'/g)].map(([, name]) => name));
    expect(new Set(tableRows('state').map(([name]) => code(name)))).toEqual(states);
  });

  it('give the versions that are tested and accepted', () => {
    const { engines, devDependencies, peerDependencies } = manifest;
    const rows = tableRows('').map(([name, tested, accepted]) => [code(name) || name, tested, code(accepted)]);
    for (const name of ['sequelize', 'pg', 'sqlite3'] as const) {
      expect(rows).toContainEqual([name, devDependencies[name], peerDependencies[name]]);
    }
    expect(rows.find(([name]) => name === 'Node.js')?.[2]).toBe(engines.node);
  });
});

async function sourceOf(file: string): Promise<ts.SourceFile> {
  return ts.createSourceFile(file, await readFile(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest);
}

/** The members of an interface, each with the names of its own members. */
function membersOf(name: string, source: ts.SourceFile): [string, string[]][] {
  const found = source.statements.filter(ts.isInterfaceDeclaration).find((statement) => statement.name.text === name);
  return propertiesOf(found?.members, source).map(([member, type]) => [
    member,
    type !== undefined && ts.isTypeLiteralNode(type) ? propertiesOf(type.members, source).map(([field]) => field) : [],
  ]);
}

function propertiesOf(members: readonly ts.TypeElement[] = [], source: ts.SourceFile): [string, ts.TypeNode | undefined][] {
  return members.flatMap((member) => (ts.isPropertySignature(member) ? [[member.name.getText(source), member.type]] : []));
}

describe('the code of the README, with the package as it is published', () => {
  let app: string;
  let databaseUrl: string;

  beforeAll(async () => {
    app = await mkdtemp(path.join(tmpdir(), 'sr-readme-'));
    databaseUrl = `postgres://shop@127.0.0.1:${await closedPort()}/shop`;
    await installPackage(app);
    await cp(path.join(root, 'examples/models-index'), path.join(app, 'models'), { recursive: true });
    await cp(path.join(root, 'examples/request-unit'), path.join(app, 'request-unit'), { recursive: true });
    await writeFile(path.join(app, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rm(app, { recursive: true, force: true }));

  /** Runs a program as on a developer's machine without PostgreSQL; resolves to what it printed last. */
  async function runApp(source: string, ...flags: string[]): Promise<string> {
    const env = { PATH: process.env['PATH'], TSX_DISABLE_CACHE: '1', DATABASE_URL: databaseUrl };
    const { stdout } = await run(process.execPath, [...flags, '-e', source], { cwd: app, env });
    return stdout.trim().split('\n').at(-1) ?? '';
  }

  const useIt = `
    await ready;
    const { id } = await Order.create({ tags: ['web', 'gift'], details: { wrapping: 'blue' } });
    const { tags, details } = await Order.findByPk(id);
    console.log(JSON.stringify([connection.getStatus().dialect, connection.sequelize === sequelize, tags, details]));
    await connection.close();
  `;
  const used = '["sqlite",true,["web","gift"],{"wrapping":"blue"}]';
  const typescript = ['--import', createRequire(import.meta.url).resolve('tsx'), '--input-type=module'];

  it.each([
    ['index.ts', 0],
    ['index.cjs', 1],
  ])('is examples/models-index/%s', async (file, position) => {
    const diff = [...readme.matchAll(/```diff\n([\s\S]*?)```/g)][position]?.[1] ?? '';
    const added = [...diff.matchAll(/^\+(.*\n)/gm)].map(([, line]) => line).join('');
    expect(added).toBe(await readFile(path.join(root, 'examples/models-index', file), 'utf8'));
  });

  it('is examples/models-index/index.await.ts with top-level await', async () => {
    expect(readme).toContain(await readFile(path.join(root, 'examples/models-index/index.await.ts'), 'utf8'));
  });

  it('serves a class model in TypeScript', async () => {
    const source = `import { sequelize, connection, ready } from './models/index.ts'; import { Order } from './models/order.ts'; ${useIt}`;
    expect(await runApp(source, ...typescript)).toBe(used);
  });

  it('serves a defined model in CommonJS', async () => {
    const source = `
      const { sequelize, connection, ready } = require('./models/index.cjs');
      const { Order } = require('./models/order.cjs');
      (async () => { ${useIt} })();`;
    expect(await runApp(source, '--input-type=commonjs')).toBe(used);
  });

  it('has connected when it is imported, with top-level await', async () => {
    const source = `
      import { sequelize, connection, ready } from './models/index.await.ts';
      console.log(connection.getStatus().state, connection.sequelize === sequelize, (await ready) === connection);
      await connection.close();`;
    expect(await runApp(source, ...typescript)).toBe('fallback true true');
  });

  it('has the middleware of examples/request-unit', async () => {
    const snippet = /app\.use\(\(req, res, next\) => \{([\s\S]*?)\n\}\);/.exec(readme)?.[1] ?? 'none';
    const example = await readFile(path.join(root, 'examples/request-unit/request-unit.ts'), 'utf8');
    const bare = (text: string): string => text.replaceAll(/\s|;|,(?=\s*\))|<void>/g, '');
    expect(bare(example)).toContain(bare(snippet));
  });

  it('runs a request in one unit of work, and hands errors of the route and of the connection on', async () => {
    const source = `
      import { once } from 'node:events';
      import { createServer } from 'node:http';
      import { connection, sequelize } from './models/index.ts';
      import { requestUnit } from './request-unit/request-unit.ts';
      const inOneUnit = requestUnit(connection);
      const server = createServer((req, res) => inOneUnit(req, res, (error) => {
        if (error) return res.end(error.message.slice(0, 20));
        if (req.url === '/throws') throw new Error('the route failed');
        sequelize.query('SELECT 1 AS one').then(([rows]) => res.end(JSON.stringify(rows)));
      })).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const ask = async (path) => (await fetch('http://127.0.0.1:' + server.address().port + path)).text();
      const answers = [await ask('/'), await ask('/throws')];
      await connection.close();
      answers.push(await ask('/'));
      console.log(answers.join(', '));
      server.close();
      server.closeAllConnections();`;
    expect(await runApp(source, ...typescript)).toBe('[{"one":1}], the route failed, The connection of sh');
  });
});
