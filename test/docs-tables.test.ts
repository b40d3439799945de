import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { nothingKnown } from '../src/failover/primary-facts.js';
import type { State } from '../src/failover/state.js';
import { statusOf } from '../src/health/report.js';
import { ResilientConnection } from '../src/index.js';
import { FAMILIES } from '../src/metrics/families.js';
import { anchorsOf, codeBlocks, codesIn, localLinks, tableRows } from './support/markdown.js';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const DOCUMENTS = [
  'README.md',
  ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => path.join('docs', file)),
];

const ENTRIES: Readonly<Record<string, string>> = {
  'sequelize-resilient': 'src/index.ts',
  'sequelize-resilient/metrics': 'src/metrics/index.ts',
  'sequelize-resilient/migrations': 'src/migrations/index.ts',
  'sequelize-resilient/testing': 'src/testing/index.ts',
};

describe('the table of metrics', () => {
  it('names each with its type and labels, and no other', () => {
    const listed = tableRows(read('docs/monitoring/README.md'), 'metric', 'type', 'labels').map(([name, type, labels]) => [
      codesIn(name)[0],
      type?.replaceAll('`', ''),
      codesIn(labels)
        .filter((label) => label !== 'service')
        .sort(),
    ]);
    const known = FAMILIES.map(({ name, type, labels }) => [name, type, labels.toSorted()]);
    expect(listed.sort()).toEqual(known.sort());
  });
});

describe('the tables of the status', () => {
  const fields = tableRows(read('docs/status.md'), 'field', 'type');

  it('name the fields that the type has, with their types', () => {
    const { statements } = sourceOf('src/health/report.ts');
    const type = statements.filter(ts.isInterfaceDeclaration).find(({ name }) => name.text === 'Status');
    expect(fields.map(([field, fieldType]) => [codesIn(field)[0], codesIn(fieldType)[0]])).toEqual(membersOf(type?.members));
  });

  it('name the fields that a status has', async () => {
    const primary = { url: 'postgres://shop@127.0.0.1:1/shop' };
    const connection = new ResilientConnection({ serviceName: 'shop', logger: false, primary, options: { allowSQLiteFallback: false } });
    connection.ready.catch(() => undefined);
    const status = connection.getStatus();
    await connection.close({ timeout: 100 });
    expect(fields.map(([field]) => codesIn(field)[0])).toEqual(keysOf(status));
    expect(codeBlocks(read('docs/status.md')).map(({ text }) => keysOf(JSON.parse(text) as object))).toEqual([keysOf(status)]);
  });

  it('say what a status says in each state', () => {
    const rows = tableRows(read('docs/status.md'), 'state', '`connected`', '`dialect`', '`fallback`');
    const listed = rows.map((cells) => cells.slice(0, 4).map((cell) => cell.replaceAll(/[`']/g, '')));
    const known = STATES.map((state) => {
      const { connected, dialect, fallback } = statusOf({ ...FACTS, state });
      return [state.name, connected, dialect, fallback].map(String);
    });
    expect(listed).toEqual(known);
  });
});

const COMMON = { sinceMs: 0, epoch: 1, failoversAtMs: [] };
const STATES: readonly State[] = [
  { ...COMMON, name: 'connecting', attempts: 0 },
  { ...COMMON, name: 'primary', failures: 0 },
  { ...COMMON, name: 'fallback', reason: 'server-down', goodProbes: 0, held: false },
  { ...COMMON, name: 'unavailable', reason: 'server-down', lostBy: 'server-down', held: false },
  { ...COMMON, name: 'closed' },
];
const FACTS = {
  serviceName: 'shop',
  primary: nothingKnown(),
  driver: null,
  inFlight: 0,
  queued: 0,
  standingWarning: null,
  clockStartedAtMs: 0,
};

describe.each(DOCUMENTS)('%s', (file) => {
  const text = read(file);

  it('has links that lead somewhere', () => {
    const lost = localLinks(text).filter((target) => !leadsSomewhere(target, file));
    expect(lost).toEqual([]);
  });

  it('calls only what a connection has', () => {
    const called = [...text.matchAll(/\b(?:dbConnection|connection|first|second)\.([a-zA-Z]\w*)\(/g)].map(([, name = '']) => name);
    expect([...new Set(called)].filter((name) => !(name in ResilientConnection.prototype))).toEqual([]);
  });

  it('imports only what the package has', () => {
    const unknown = importsOf(text).filter(({ entry, name }) => !namesOf(entry).has(name));
    expect(unknown).toEqual([]);
  });
});

function leadsSomewhere(target: string, from: string): boolean {
  const [file = '', anchor] = target.split('#');
  const to = path.join(root, file === '' ? from : path.join(path.dirname(from), file));
  try {
    if (anchor === undefined) return readdirSync(path.dirname(to)).includes(path.basename(to));
    return anchorsOf(readFileSync(to, 'utf8')).includes(anchor);
  } catch {
    return false;
  }
}

/** `import { a, type B as C } from '…'` and `const { a } = require('…')` of the package, in code and in sentences. */
function importsOf(text: string): { entry: string; name: string }[] {
  const imports = text.matchAll(/\{([^{}]*)\}\s*(?:from|=\s*(?:await import|require)\()\s*['"](sequelize-resilient[\w/-]*)['"]/g);
  return [...imports].flatMap(([, names = '', entry = '']) =>
    names
      .split(',')
      .map(
        (name) =>
          name
            .trim()
            .replace(/^type /, '')
            .split(/ as |:/)[0]
            ?.trim() ?? '',
      )
      .filter((name) => /^\w+$/.test(name))
      .map((name) => ({ entry, name })),
  );
}

/** What an entry of the package exports, types too. */
function namesOf(entry: string): Set<string> {
  const file = ENTRIES[entry];
  const statements = file === undefined ? [] : sourceOf(file).statements.filter(ts.isExportDeclaration);
  const clauses = statements.flatMap(({ exportClause }) =>
    exportClause !== undefined && ts.isNamedExports(exportClause) ? [exportClause] : [],
  );
  return new Set(clauses.flatMap(({ elements }) => elements.map(({ name }) => name.text)));
}

const sourceOf = (file: string): ts.SourceFile => ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);

/** The members of an interface and their types as written; those of a nested one as `outer.inner`. */
function membersOf(members: readonly ts.TypeElement[] = []): [string, string][] {
  return members
    .filter(ts.isPropertySignature)
    .flatMap(({ name, type }): [string, string][] =>
      type !== undefined && ts.isTypeLiteralNode(type)
        ? membersOf(type.members).map(([inner, innerType]) => [`${name.getText()}.${inner}`, innerType])
        : [[name.getText(), type?.getText() ?? '']],
    );
}

/** The keys of plain data; those of a nested object as `outer.inner`. */
function keysOf(data: object): string[] {
  return Object.entries(data).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !(value instanceof Date) ? keysOf(value).map((inner) => `${key}.${inner}`) : [key],
  );
}
