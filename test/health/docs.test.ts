import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { retryDelayMs } from '../../src/failover/schedule.js';
import { type HealthHandlers, healthHandlers, type HealthPolicy, type Status } from '../../src/index.js';
import { resolveConfig } from '../../src/options/resolve-config.js';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../../src/resilient-connection.js';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFile(path.join(root, file), 'utf8');
const page = await read('docs/health.md');
const examples = await Promise.all(['express', 'fastify', 'node-http'].map((name) => read(`examples/health/${name}.ts`)));

/** The cells of the rows of the table whose first head is `head`, without backticks; the head is the first row. */
function tableOf(head: string): string[][] {
  const lines = page.slice(page.search(new RegExp(`^\\| ${head} \\|`, 'm'))).split('\n');
  const rows = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  const cells = rows.map((line) => line.split('|').slice(1, -1));
  return cells.filter((_, index) => index !== 1).map((row) => row.map((cell) => cell.trim().replaceAll('`', '')));
}

/** What a handler says of a status: the code and the body. */
function answerOf(handler: keyof HealthHandlers, status: Partial<Status>, policy?: HealthPolicy): { code: number; body: unknown } {
  let answer = { code: 0, body: undefined as unknown };
  const response = {
    headersSent: false,
    writeHead: (code: number) => void (answer = { ...answer, code }),
    end: (body: string) => void (answer = { ...answer, body: JSON.parse(body) as unknown }),
  };
  healthHandlers({ getStatus: () => status as Status }, policy)[handler]({ method: 'GET' }, response);
  return answer;
}

describe('the codes in docs/health.md', () => {
  const [heads = [], ...rows] = tableOf('state');

  it('are those of every state', async () => {
    const names = [...(await read('src/failover/state.ts')).matchAll(/readonly name: '(\w+)'/g)].map(([, name]) => name);
    expect(rows.map(([state]) => state)).toEqual(names);
  });

  it.each(rows.flatMap(([state = '', ...codes]) => codes.map((code, column) => [state, heads[column + 1] ?? '', code])))(
    'for %s, %s: %s',
    (state, column, code) => {
      const [handler, policy] = columnOf(column);
      expect(String(answerOf(handler, { state: state as Status['state'] }, policy).code)).toBe(code);
    },
  );

  function columnOf(column: string): [keyof HealthHandlers, HealthPolicy] {
    if (column === 'live' || column === 'ready' || column === 'database') return [column, {}];
    const [name = '', value] = column.split(': ');
    return ['ready', { [name]: value === 'true' }];
  }
});

describe('the handlers in docs/health.md', () => {
  const [, ...rows] = tableOf('handler');

  it('are all there are', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(healthHandlers({ getStatus: () => ({}) as Status })));
  });

  it.each(rows)('%s: %s', (name = '', says = '') => {
    const example = JSON.parse(/\{.*?\}/.exec(says)?.[0] ?? '') as Partial<Status>;
    expect(Object.keys(answerOf(name as keyof HealthHandlers, example).body as object)).toEqual(Object.keys(example));
    if (name !== 'live') expect(answerOf(name as keyof HealthHandlers, example).body).toEqual(example);
  });
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly timeoutSeconds?: number;
}

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly [string, string] } } };
}

describe('the pod in docs/health.md', () => {
  const { spec } = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '') as {
    spec: { terminationGracePeriodSeconds: number; containers: readonly [Container] };
  };
  const [container] = spec.containers;
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const probes = { startupProbe, livenessProbe, readinessProbe };
  const settings = resolveConfig({ serviceName: 'shop' }, { NODE_ENV: 'production' });
  const variable = (name: string) => Number(container.env.find((each) => each.name === name)?.value);
  const allowedMs = ({ periodSeconds, failureThreshold }: Probe) => periodSeconds * failureThreshold * 1_000;

  it('asks routes that every example has, on a port that it listens on', () => {
    for (const { httpGet } of Object.values(probes)) {
      for (const example of examples) expect(example).toContain(`'${httpGet.path}'`);
      expect(container.ports).toContainEqual({ name: httpGet.port, containerPort: variable('PORT') });
    }
  });

  it('restarts nothing for a database, and sends requests only to what is ready', () => {
    expect(Object.values(probes).map(({ httpGet }) => httpGet.path)).toEqual(['/health/live', '/health/live', '/health/ready']);
  });

  it('gives the start its deadline, and the page says how long that is', () => {
    const attempts = 1 + settings.maxRetries;
    const delaysMs = Array.from({ length: settings.maxRetries }, (_, index) => retryDelayMs(index + 1, settings.retryDelayMs, 1));
    const deadlineMs = attempts * settings.connectTimeoutMs + delaysMs.reduce((sum, ms) => sum + ms, 0);
    expect(page).toContain(`${deadlineMs / 1_000} s in all`);
    expect(page).toContain(`${allowedMs(startupProbe) / 1_000} s are given`);
    expect(allowedMs(startupProbe)).toBeGreaterThanOrEqual(deadlineMs);
  });

  it('gives a shutdown the time of all its steps', () => {
    const [program, seconds] = container.lifecycle.preStop.exec.command;
    expect(program).toBe('sleep');
    const stepsMs = Number(seconds) * 1_000 + variable('DRAIN_MS') + settings.maxWaitMs + DEFAULT_CLOSE_TIMEOUT_MS;
    expect(spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(1.5 * stepsMs);
    expect(variable('DRAIN_MS')).toBeGreaterThan(allowedMs(readinessProbe));
    for (const example of examples) expect(example).toContain(`process.env['DRAIN_MS'] ?? ${variable('DRAIN_MS')}`);
  });

  it('asks again only when the probe before is over', () => {
    for (const { timeoutSeconds = 1, periodSeconds } of Object.values(probes)) expect(timeoutSeconds).toBeLessThanOrEqual(periodSeconds);
    expect(readinessProbe.failureThreshold).toBeGreaterThan(1);
  });
});

describe('the code in docs/health.md', () => {
  const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

  it.each(blocks)('is in an example: %s', (code) => {
    expect(examples.filter((example) => example.includes(code))).not.toEqual([]);
  });

  it.each([...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target))('links to a file: %s', async (target) => {
    await expect(readFile(path.join(root, 'docs', target))).resolves.toBeDefined();
  });
});
