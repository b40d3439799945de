import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { DiagnosticMessages } from '../../src/index.js';
import { LOG_EVENTS, type LineTerms } from '../../src/log-events.js';
import { linesOfEachKind } from './lines-of-each-kind.js';

const document = await readFile(new URL('../../docs/logging.md', import.meta.url), 'utf8');

/** The cells of the rows of a table, from the header with this beginning. */
function tableAfter(header: string): string[][] {
  const lines = document.slice(document.indexOf(`\n${header}`) + 1).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const wordsIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

const LIMITS: Record<number, string> = { 0: 'every one', 1_000: 'one a second', 60_000: 'one a minute' };

describe('the table of log lines', () => {
  const rows = tableAfter('| event | level |');
  const terms = new Map<string, LineTerms>(Object.entries(LOG_EVENTS));

  it('has every event there is, and no other', () => {
    expect(rows.map(([event]) => wordsIn(event)[0])).toEqual([...terms.keys()]);
  });

  it.each(rows)('says the level and the limit of %s', (event, level, limit) => {
    const { level: real, quietMs } = terms.get(wordsIn(event)[0] ?? '') ?? { quietMs: -1 };
    expect(level).toBe(real);
    expect(limit.startsWith(LIMITS[quietMs] ?? 'unknown')).toBe(true);
  });

  it.each(rows)('says the fields of %s', (event, level, _limit, _when, fields) => {
    const [name] = wordsIn(event);
    const lines = linesOfEachKind().filter((line) => line.fields.event === name);
    expect(lines.length).toBeGreaterThan(0);
    const own = new Set(lines.flatMap((line) => Object.keys(line.fields)));
    for (const common of ['service', 'event']) own.delete(common);
    if (name !== 'lines-left-out') own.delete('leftOut');
    expect(wordsIn(fields).sort()).toEqual([...own].sort());
    expect([...new Set(lines.map((line) => line.level))]).toEqual([level]);
  });
});

/** Complete by its type. */
const MESSAGES: { [Name in keyof DiagnosticMessages]: Record<Exclude<keyof DiagnosticMessages[Name], 'serviceName'>, true> } = {
  connected: { dialect: true, fallback: true, epoch: true },
  disconnected: { dialect: true, reason: true },
  failover: { from: true, to: true, reason: true, epoch: true, durationMs: true },
  recovered: { from: true, to: true, epoch: true, downtimeMs: true },
  retry: { attempt: true, maxRetries: true, delayMs: true, error: true },
  healthCheckPassed: { durationMs: true },
  healthCheckFailed: { error: true, consecutive: true },
  driverFallback: { from: true, to: true, reason: true, remedy: true },
  migration: { database: true, name: true, direction: true, status: true, position: true, count: true, durationMs: true },
  closed: {},
  outcome: { kind: true, outcome: true },
  waited: { dialect: true, durationMs: true },
  repeated: { kind: true, dialect: true },
};

describe('the table of channels', () => {
  it('has every channel with its message', () => {
    const rows = tableAfter('| channel | told |').map(([name, , fields]) => [wordsIn(name)[0], wordsIn(fields)]);
    expect(rows).toEqual(Object.entries(MESSAGES).map(([name, fields]) => [name, Object.keys(fields)]));
  });
});

describe('the table of spans', () => {
  it('has the names and the attributes of the example', async () => {
    const example = await readFile(new URL('../../examples/opentelemetry/tracing.ts', import.meta.url), 'utf8');
    const rows = tableAfter('| on | event |');
    const words = new Set(rows.flatMap((cells) => cells.flatMap((cell) => wordsIn(cell))));
    expect([...words].filter((word) => !example.includes(`'${word}'`))).toEqual([]);
    const named = [...example.matchAll(/'(database[ .][\w .]+|db\.[\w.]+)'/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !words.has(name))).toEqual([]);
  });
});
