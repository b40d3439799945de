import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResilientConnection } from '../../src/index.js';
import { registerMetrics } from '../../src/metrics/index.js';
import { freePort } from '../support/free-port.js';
import { dashboard, filledIn, type Panel, panelQueries } from './dashboard.js';
import { linesOf } from './frame.js';
import { factsOf } from './query-facts.js';
import { ruleFile, rulesOf, rulesText } from './rules.js';

/** Of each metric each label with the values that were seen. */
const exposed = new Map<string, Map<string, Set<string>>>();
let connection: ResilientConnection;

beforeAll(async () => {
  connection = new ResilientConnection({
    serviceName: 'shop',
    primary: { host: '127.0.0.1', port: await freePort(), database: 'none' },
    options: { allowSQLiteFallback: false, maxRetries: 0 },
    logger: false,
  });
  await connection.ready.catch(() => undefined);
  const register = new Registry();
  registerMetrics(connection, { register });
  for (const { name, labels } of linesOf({ text: await register.metrics() })) {
    const known = exposed.get(name) ?? new Map<string, Set<string>>();
    exposed.set(name, known);
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value));
  }
});
afterAll(() => connection.close());

/** Those that Prometheus gives each series. */
const TARGET_LABELS = ['job', 'instance'];
/** Whose values are the user's, or are template variables of the dashboard. */
const FREE = ['environment', 'service', ...TARGET_LABELS];

function expectExposed(query: string): void {
  const { metrics, matchers, groupings } = factsOf(query);
  expect(metrics.filter((name) => !exposed.has(name))).toEqual([]);
  const unknown = matchers.filter(({ metric, label, values }) => {
    if (TARGET_LABELS.includes(label)) return false;
    const seen = exposed.get(metric)?.get(label);
    return seen === undefined || (!FREE.includes(label) && !values.every((value) => seen.has(value)));
  });
  expect(unknown).toEqual([]);
  const labels = new Set([...TARGET_LABELS, ...metrics.flatMap((name) => [...(exposed.get(name)?.keys() ?? [])])]);
  expect(groupings.filter((label) => !labels.has(label))).toEqual([]);
}

describe('the alert rules', () => {
  it.each(rulesOf().map((rule) => [`${rule.alert} (${rule.labels.severity})`, rule] as const))(
    'ask for metrics, labels and values that are exposed: %s',
    (_, { expr }) => {
      expectExposed(expr);
    },
  );

  it.each(rulesOf().map((rule) => [`${rule.alert} (${rule.labels.severity})`, rule] as const))(
    'say how grave it is, what to do, and where to read on, and outlive instances: %s',
    (_, { alert, expr, for: wait, labels, annotations }) => {
      expect(labels).toEqual({ severity: expect.stringMatching(/^(page|ticket)$/) as unknown, environment: '{{ $labels.environment }}' });
      expect(wait).toMatch(/^[1-9]\d*[mh]$/);
      expect(Object.keys(annotations).sort()).toEqual(['description', 'runbook_url', 'summary']);
      expect(annotations.summary).toContain('{{ $labels.service }}');
      expect(annotations.summary).toContain('{{ $labels.environment }}');
      expect(annotations.description).toContain('\nFirst: ');
      expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
      // What an alert is told apart by is what is aggregated by last.
      expect(expr).toMatch(/^\(?\s*\w+ by \(service, environment\)/);
    },
  );

  it('have groups of this library', () => {
    for (const { name } of ruleFile().groups) expect(name).toMatch(/^sequelize-resilient /);
    expect(rulesText()).not.toMatch(/\bdatabase_(?!\w+)/);
  });
});

const area = ({ gridPos: { x, y, w, h } }: Panel): string[] =>
  Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);

describe('the dashboard', () => {
  const { panels, templating, schemaVersion } = dashboard();
  const queries = panelQueries().map((query) => [`${query.panel}: ${query.legend}`, query] as const);

  it.each(queries)('asks for metrics, labels and values that are exposed: %s', (_, { expr, legend }) => {
    expectExposed(filledIn(expr, { rateInterval: 60, range: 3600 }));
    const { groupings } = factsOf(filledIn(expr, { rateInterval: 60, range: 3600 }));
    for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) expect(groupings).toContain(label);
  });

  it.each(queries)('is filtered by every variable: %s', (_, { expr }) => {
    for (const variable of ['environment', 'service', 'instance']) expect(expr).toContain(`${variable}=~"$${variable}"`);
  });

  it('uses each metric', () => {
    const shown = new Set(queries.flatMap(([, { expr }]) => factsOf(filledIn(expr, { rateInterval: 60, range: 60 })).metrics));
    const familyOf = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '');
    const families = new Set([...shown].map(familyOf));
    expect([...new Set([...exposed.keys()].map(familyOf))].filter((name) => !families.has(name))).toEqual([]);
  });

  it('has variables over labels that are exposed', () => {
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'environment', 'service', 'instance']);
    for (const { name, definition = '' } of templating.list.slice(1)) {
      const [, selector = '', label] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? [];
      expect(label).toBe(name);
      expectExposed(filledIn(selector, { rateInterval: 60, range: 60 }));
    }
  });

  it('has panels that can be told apart, lie side by side, and say what they show in which unit', () => {
    expect(schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const covered = panels.flatMap(area);
    expect(new Set(covered).size).toBe(covered.length);
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (const { type, title, description, fieldConfig, targets = [] } of panels) {
      if (type === 'row') continue;
      expect(targets.length, title).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
      expect(description, title).toMatch(/^[A-Z].*\.$/);
      const isSeconds = targets.some(({ expr }) => /_seconds(?:_total|_bucket)?\{/.test(expr) && !/sum by \(le\) \(\s*increase/.test(expr));
      expect(fieldConfig?.defaults.unit === 's', title).toBe(isSeconds);
    }
  });
});
