import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LOG_EVENTS } from '../src/log-events.js';
import { FAMILIES } from '../src/metrics/families.js';
import { anchorsOf, codeBlocks, codesIn, headings, sectionOf, tableRows } from './support/markdown.js';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');
const runbook = await read('docs/runbook.md');

interface Rule {
  readonly alert: string;
  readonly annotations: Readonly<Record<string, string>>;
}
const { groups } = parse(await read('docs/monitoring/alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const sections = headings(runbook, 2).filter((heading) => heading.startsWith('Database'));

describe('the sections of docs/runbook.md', () => {
  it('are those of the alerts', () => {
    expect(sections.toSorted()).toEqual([...new Set(rules.map(({ alert }) => alert))].sort());
  });

  it('are where the alerts send their readers', () => {
    const anchors = anchorsOf(runbook).map((anchor) => `docs/runbook.md#${anchor}`);
    for (const { annotations } of rules) expect(anchors).toContain(annotations['runbook_url']);
  });

  it.each(sections)('say of %s what it means, what callers feel, what to do and when it ends', (section) => {
    const text = sectionOf(runbook, section);
    expect(text).toMatch(/^\*\*Means:\*\*/m);
    expect(text).toMatch(/^\*\*Callers(:\*\*|\*\*)/m);
    expect(text).toMatch(/^1\. |\*\*Do:\*\*/m);
    expect(text).toMatch(/^\*\*Resolves\*\*/m);
  });
});

describe('the words of docs/runbook.md', () => {
  it('explain every reason and no other', async () => {
    const listed = tableRows(runbook, 'reason', 'means').map(([reason]) => codesIn(reason)[0]);
    const words = ts.createSourceFile('words.ts', await read('src/words.ts'), ts.ScriptTarget.Latest);
    expect(listed.sort()).toEqual([...literalsOf('FailureKind', words), ...literalsOf('Reason', words)].sort());
  });

  it('name metrics that exist', () => {
    const known = FAMILIES.flatMap(({ name, type }) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
    );
    const named = [...runbook.matchAll(/(?<![a-z_])database_[a-z_]+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(20);
    for (const name of named) expect(known).toContain(name);
  });

  it('name log events that exist', () => {
    const named = [...runbook.matchAll(/\bthe (?:log's )?events? `([\w-]+)`/g)].map(([, event]) => event);
    expect(named.length).toBeGreaterThan(3);
    for (const event of named) expect([...Object.keys(LOG_EVENTS), 'outcome']).toContain(event);
  });
});

describe('the PromQL of docs/runbook.md', () => {
  const queries = codeBlocks(runbook)
    .filter(({ language }) => language === 'promql')
    .flatMap(({ text }) => text.trim().split('\n'));

  it.each(queries)('can be parsed and asks for labels that exist: %s', (query) => {
    const problems: string[] = [];
    parser.parse(query).iterate({
      enter: ({ type, from, to }) => {
        const text = query.slice(from, to);
        if (type.isError) problems.push(`at ${from}`);
        if (type.name === 'LabelName' && !LABELS.has(text)) problems.push(`label ${text}`);
      },
    });
    expect(problems).toEqual([]);
  });
});

/** Of the metrics, of histograms, and what Prometheus itself adds. */
const LABELS = new Set(['service', 'le', 'instance', 'job', ...FAMILIES.flatMap(({ labels }) => labels)]);

/** The texts of a union of literals. */
function literalsOf(name: string, source: ts.SourceFile): string[] {
  const found = source.statements.filter(ts.isTypeAliasDeclaration).find((statement) => statement.name.text === name);
  if (found === undefined || !ts.isUnionTypeNode(found.type)) throw new Error(`There is no union ${name}.`);
  return found.type.types.flatMap((type) => (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) ? [type.literal.text] : []));
}
