import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { FAMILIES } from '../../src/metrics/families.js';
import { InstalledCli } from './installed-cli.js';

const CLI_MS = 60_000;
const DOCS = path.join(import.meta.dirname, '../../docs');
let cli: InstalledCli;
let nothing: string;

beforeAll(async () => {
  cli = await InstalledCli.install();
  nothing = cli.project({});
});

const shipped = (name: string): string => readFileSync(path.join(DOCS, 'monitoring', name), 'utf8');
const written = (folder: string, name: string): string => readFileSync(path.join(folder, name), 'utf8');

interface Dashboard {
  readonly uid: string;
  readonly title: string;
}

describe('sequelize-resilient alerts', { timeout: CLI_MS }, () => {
  it('prints rules and dashboard as two YAML documents, without a configuration and a database', async () => {
    const { exit, stdout, stderr } = await cli.run(nothing, ['alerts']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as unknown);
    expect(documents).toEqual([parse(shipped('alerts.yml')), JSON.parse(shipped('dashboard.json'))]);
  });

  it('prints either of them alone', async () => {
    expect((await cli.run(nothing, ['alerts', '--rules'])).stdout).toBe(shipped('alerts.yml'));
    expect((await cli.run(nothing, ['alerts', '--dashboard'])).stdout).toBe(shipped('dashboard.json'));
  });

  it('puts the prefix before each metric, and before nothing else', async () => {
    const { stdout } = await cli.run(nothing, ['alerts', '--prefix', 'exprsn_']);
    const [rules, dashboard] = stdout.split(/^---$/m);
    expect(stdout.match(/\bdatabase_\w+/g)).toBeNull();
    for (const [name, text] of [
      ['alerts.yml', rules],
      ['dashboard.json', dashboard],
    ] as const) {
      const namesIn = (from = ''): string[] => from.match(/\b\w*database_\w+/g) ?? [];
      expect(namesIn(text).length).toBeGreaterThan(20);
      expect(namesIn(text)).toEqual(namesIn(shipped(name)).map((metric) => `exprsn_${metric}`));
    }
    const known = new RegExp(`^(${FAMILIES.map(({ name }) => name).join('|')})(_bucket|_sum|_count)?$`);
    for (const name of stdout.match(/\bexprsn_\w+/g) ?? []) if (name !== 'exprsn_') expect(name.slice('exprsn_'.length)).toMatch(known);
    const without = (text = ''): unknown => parse(text.replaceAll('exprsn_', ''));
    expect(without(rules)).toEqual(parse(shipped('alerts.yml')));
  });

  it('ends without a word where nobody reads on, as with `| head -1`', async () => {
    const { process: child, ended } = cli.start(nothing, ['alerts']);
    child.stdout.destroy();
    const { exit, stderr } = await ended;
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  });

  it('gives each prefix a dashboard of its own', async () => {
    const dashboards = await Promise.all(
      [[], ['--prefix', 'a_'], ['--prefix', `a:${'b'.repeat(80)}`]].map(async (prefix) => {
        return JSON.parse((await cli.run(nothing, ['alerts', '--dashboard', ...prefix])).stdout) as Dashboard;
      }),
    );
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(3);
    expect(new Set(dashboards.map(({ title }) => title)).size).toBe(3);
    for (const { uid } of dashboards) expect(uid).toMatch(/^[\w-]{1,40}$/);
  });

  it('writes them to a folder, which it makes', async () => {
    const folder = path.join(nothing, 'deploy/monitoring');
    const { exit, stdout } = await cli.run(nothing, ['alerts', '--prefix', 'exprsn_', '--out', 'deploy/monitoring']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'Wrote deploy/monitoring/alerts.yml\nWrote deploy/monitoring/dashboard.json\n' });
    expect(written(folder, 'alerts.yml')).toBe((await cli.run(nothing, ['alerts', '--prefix', 'exprsn_', '--rules'])).stdout);
    expect(written(folder, 'dashboard.json')).toBe((await cli.run(nothing, ['alerts', '--prefix', 'exprsn_', '--dashboard'])).stdout);
  });

  it.each([
    [
      ['--prefix', '1st_'],
      ['--prefix', 'letters, digits and _, no digit first', '"1st_"'],
    ],
    [
      ['--prefix', 'my-service_'],
      ['--prefix', 'letters, digits and _', '"my-service_"'],
    ],
    [
      ['--rules', '--dashboard'],
      ['--rules', 'cannot be used with', '--dashboard'],
    ],
    [['--prefix'], ['argument missing']],
    [
      ['--out', '/dev/null/x'],
      ['--out', '/dev/null/x'],
    ],
  ])('refuses %j with exit code 2 and without a stack', async (args, told) => {
    const { exit, stdout, stderr } = await cli.run(nothing, ['alerts', ...args]);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    for (const text of told) expect(stderr).toContain(text);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('is documented with every option', async () => {
    const docs = readFileSync(path.join(DOCS, 'cli.md'), 'utf8');
    const { stdout } = await cli.run(nothing, ['alerts', '--help']);
    const options = stdout.match(/--[a-z][a-z-]+/g) ?? [];
    expect(options.length).toBeGreaterThan(4);
    expect(['alerts', ...options].filter((option) => !docs.includes(option))).toEqual([]);
  });
});
