import { beforeEach, describe, expect, it } from 'vitest';
import type { LogFields } from '../../src/index.js';
import { Log } from '../../src/log.js';
import { Narration } from '../../src/narration.js';
import { resolveConfig } from '../../src/options/resolve-config.js';
import { FakeClock } from '../support/fake-clock.js';
import { linesOfEachKind, type Line } from './lines-of-each-kind.js';

let clock: FakeClock;
let lines: Line[];
let narration: Narration;

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  const keep =
    (level: string) =>
    (text: string, fields?: LogFields): void =>
      void lines.push({ level, text, fields: fields as LogFields });
  const logger = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  const config = resolveConfig({ serviceName: 'shop', logger }, {});
  narration = new Narration(new Log('shop', config.logger, clock), config);
});

const events = (): string[] => lines.map(({ fields }) => fields.event);
const refused = () => Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
const connection = { sinceMs: 0, epoch: 1, failoversAtMs: [] };
const primary = { name: 'primary', failures: 0, ...connection } as const;
const fallback = { name: 'fallback', reason: 'server-down', goodProbes: 0, held: false, ...connection } as const;

describe('a line of each kind', () => {
  it('has its text, its level and its facts', () => {
    const shown = linesOfEachKind().map(({ level, text, fields: { service, ...facts } }) => {
      expect(text.startsWith(`[${service}] `)).toBe(true);
      return `${level} ${text.slice(service.length + 3)} ${JSON.stringify(facts).replaceAll('"', '')}`;
    });
    expect(shown).toEqual([
      'info Connecting to PostgreSQL at 10.0.0.7:5432, 10.0.0.8:5433; the SQLite fallback is allowed (options.allowSQLiteFallback) {event:starting,hosts:10.0.0.7:5432, 10.0.0.8:5433,fallbackAllowed:true,decidedBy:options.allowSQLiteFallback}',
      'warn options.allowSQLiteFallback is true although NODE_ENV=test: a green run may have run on the wrong database {event:fallback-warning}',
      'warn PostgreSQL could not be reached (server-down): connect ECONNREFUSED 10.0.0.7:5432; next attempt in 1500 ms {event:attempt-failed,failure:server-down,error:connect ECONNREFUSED 10.0.0.7:5432,attempt:1,delayMs:1500}',
      'warn PostgreSQL could not be reached (authentication): connect ECONNREFUSED 10.0.0.7:5432 {event:attempt-failed,failure:authentication,error:connect ECONNREFUSED 10.0.0.7:5432,attempt:2}',
      'info ✓ Connected to PostgreSQL {event:primary-active,epoch:1,durationMs:35}',
      'info PostgreSQL at 10.0.0.7:5432 is used {event:host-used,host:10.0.0.7:5432}',
      'error 10.0.0.8 belongs to another cluster {event:host-strange,error:10.0.0.8 belongs to another cluster}',
      'warn PostgreSQL health check failed (server-down, 1 in a row): connect ECONNREFUSED 10.0.0.7:5432 {event:probe-failed,failure:server-down,error:connect ECONNREFUSED 10.0.0.7:5432,consecutive:1,state:primary}',
      'warn PostgreSQL is degraded (too-many-connections): it stays active, and some calls may fail {event:degraded,failure:too-many-connections}',
      'error No database is available (fallback-failed): disk full {event:unavailable,reason:fallback-failed,error:disk full}',
      "error The SQLite fallback can't be used: disk full {event:fallback-failed,error:disk full}",
      `error It is not known whether a COMMIT was done; ask PostgreSQL: SELECT pg_xact_status('745') {event:commit-unknown,transactionId:745}`,
      'error It is not known whether a COMMIT was done; look whether its rows are there {event:commit-unknown}',
      'warn Going over to SQLite by hand, until reconnect(): maintenance of the disk {event:failover-requested,cause:maintenance of the disk,hold:true}',
      'warn ⚠️  Using SQLite fallback - Limited features {event:fallback-active,reason:server-down,from:postgres,epoch:2,durationMs:12}',
      'warn Production deployment requires PostgreSQL {event:fallback-production}',
      'warn Data is not synchronized with PostgreSQL; it is kept in :memory: (reason: server-down) {event:fallback-storage,storage::memory:,reason:server-down}',
      'warn The SQLite file could not be used: items.weight is missing. It was set aside as /data/shop.sqlite.bak-1, and a new one was made {event:fallback-set-aside,file:/data/shop.sqlite.bak-1,error:items.weight is missing}',
      'error PostgreSQL answers but can\'t be used yet: PostgreSQL has no table "users". Staying on SQLite {event:primary-not-ready,error:PostgreSQL has no table \\users\\,onFallback:true}',
      'info ✓ PostgreSQL recovered! Switching from SQLite... {event:recovering}',
      'info Full PostgreSQL functionality restored {event:recovered,from:sqlite,epoch:3,durationMs:61000}',
      'info 1 log line was left out that said what another one had said (probe-failed 1) {event:lines-left-out,leftOut:1,events:probe-failed 1}',
      'warn 7 row changes were written to SQLite meanwhile; they are kept in :memory:, not copied to PostgreSQL {event:rows-kept,rows:7,storage::memory:}',
      'error Tables of newly defined models could not be made: one model could not be made {event:models-not-ready,error:one model could not be made}',
      'warn GEOMETRY is not available on the SQLite fallback (model Order, attribute area). Keep it as JSON. {event:parity,feature:GEOMETRY,foundIn:definition,model:Order,attribute:area,workaround:Keep it as JSON.}',
      'warn GEOMETRY is not available on the SQLite fallback. Keep it as JSON. In: SELECT ? {event:parity,feature:GEOMETRY,foundIn:statement,workaround:Keep it as JSON.,statement:SELECT ?}',
      'info Running 2 migrations (up) on the primary {event:migrations-begin,database:primary,direction:up,count:2}',
      'error umzug is missing {event:migrations-impossible,error:umzug is missing}',
      'info Another process migrates the primary: waiting for it {event:migrations-wait,database:primary}',
      'info Migration 001-users (primary) is still running after 30 s {event:migration-running,database:primary,migration:001-users,durationMs:30000}',
      'info Migration 001-users (up, primary) done in 40 ms (1 of 2) {event:migration-finished,database:primary,migration:001-users,direction:up,position:1,count:2,durationMs:40}',
      'error Migration 001-users (up, primary) failed after 40 ms (1 of 2) {event:migration-failed,database:primary,migration:001-users,direction:up,position:1,count:2,durationMs:40}',
      'warn Migration 001-users: a statement was left out on the fallback: SQLite has no extensions. CREATE EXTENSION postgis {event:migration-statement-left-out,database:fallback,migration:001-users,statement:CREATE EXTENSION postgis,reason:SQLite has no extensions}',
      "error classify() threw, so the library's own verdict holds: my veto broke {event:classify-threw,error:my veto broke}",
      "error A listener of 'connected' threw: my gauge broke {event:listener-threw,listener:connected,error:my gauge broke}",
      'warn up is registered already {event:metrics}',
    ]);
  });

  it('has no fact that is not known', () => {
    const values = linesOfEachKind().flatMap(({ fields }) => Object.values(fields) as unknown[]);
    expect(values.filter((value) => !['string', 'number', 'boolean'].includes(typeof value))).toEqual([]);
  });

  it('has no stack', () => {
    const told = JSON.stringify(linesOfEachKind());
    expect(told).not.toMatch(/\bat .*\.ts:\d+/);
  });
});

describe('a switch by hand', () => {
  it.each([
    [undefined, 'no reason given'],
    [null, 'no reason given'],
    [5, '5'],
    [new Error('maintenance'), 'maintenance'],
    ['  in two\nlines ', 'in two lines'],
    ['x'.repeat(500), 'x'.repeat(200)],
  ])('for %s says so', (why, told) => {
    narration.failoverRequested(why, false);
    expect(lines.map(({ text }) => text)).toEqual([`[shop] Going over to SQLite by hand: ${told}`]);
  });
});

describe('a failed health check', () => {
  it('of a healthy primary is a line at once, however shortly after the last outage', async () => {
    narration.probeFailed(refused(), 'server-down', 1, primary);
    await clock.advance(5_000);
    narration.probeFailed(refused(), 'server-down', 1, primary);
    expect(lines.map(({ text }) => text)).toEqual([
      '[shop] PostgreSQL health check failed (server-down, 1 in a row): connect ECONNREFUSED 10.0.0.7:5432',
      '[shop] PostgreSQL health check failed (server-down, 1 in a row): connect ECONNREFUSED 10.0.0.7:5432',
    ]);
  });

  it('on the fallback is a line a minute, also where PostgreSQL answers now and then', async () => {
    for (let second = 0; second < 600; second++) {
      narration.probeFailed(refused(), 'server-down', 1 + (second % 2), fallback);
      await clock.advance(1_000);
    }
    expect(lines).toHaveLength(10);
    expect(lines[1]?.text).toContain('(and 59 more like this)');
    expect(lines[1]?.fields['leftOut']).toBe(59);
  });

  it('for another reason is a line of its own', () => {
    narration.probeFailed(refused(), 'server-down', 7, fallback);
    narration.probeFailed(new Error('password authentication failed'), 'authentication', 8, fallback);
    expect(lines.map(({ fields }) => fields['failure'])).toEqual(['server-down', 'authentication']);
  });

  it('is told by the attempt before there was a database', () => {
    narration.probeFailed(refused(), 'server-down', 1, { name: 'connecting', attempts: 0, ...connection });
    expect(lines).toEqual([]);
  });
});

describe('lines that were left out', () => {
  const fail = (times: number): void => {
    for (let n = 1; n <= times; n++) narration.probeFailed(refused(), 'server-down', n, fallback);
  };
  const facts = { from: 'sqlite', epoch: 3, durationMs: 61_000 } as const;

  it('are summed up when PostgreSQL is back', () => {
    fail(5);
    for (let n = 1; n <= 3; n++) narration.listenerThrew('outcome', new Error('my gauge broke'));
    narration.recovered(facts);
    expect(events()).toEqual(['probe-failed', 'listener-threw', 'recovered', 'lines-left-out']);
    expect(lines.at(-1)).toEqual({
      level: 'info',
      text: '[shop] 6 log lines were left out that said what another one had said (probe-failed 4, listener-threw 2)',
      fields: { service: 'shop', event: 'lines-left-out', leftOut: 6, events: 'probe-failed 4, listener-threw 2' },
    });
  });

  it('are told once', async () => {
    fail(3);
    narration.recovered(facts);
    narration.closed();
    expect(events()).toEqual(['probe-failed', 'recovered', 'lines-left-out']);
    await clock.advance(60_000);
    narration.probeFailed(refused(), 'server-down', 1, fallback);
    expect(lines.at(-1)?.fields).not.toHaveProperty('leftOut');
  });

  it.each([
    ['the start has succeeded', () => narration.onPrimary({ ...facts, from: null })],
    ['the connection is closed', () => narration.closed()],
  ])('are summed up when %s', (_when, tell) => {
    for (let n = 1; n <= 2; n++) narration.attemptFailed(refused(), 'server-down', 10, n);
    tell();
    expect(lines.at(-1)?.text).toBe('[shop] 1 log line was left out that said what another one had said (attempt-failed 1)');
  });

  it('are no line where there are none', () => {
    narration.recovered(facts);
    narration.closed();
    expect(events()).toEqual(['recovered']);
  });
});

describe('a failure that goes on', () => {
  it.each([
    ['fallback-failed', () => narration.fallbackFailed(new Error('disk full'))],
    ['primary-not-ready', () => narration.primaryNotReady(new Error('no tables'), true)],
    ['listener-threw', () => narration.listenerThrew('outcome', new Error('mine'))],
    ['classify-threw', () => narration.classifyThrew(new Error('mine'))],
  ])('is told once and then every minute: %s', async (event, tell) => {
    for (let second = 0; second <= 120; second++) {
      tell();
      await clock.advance(1_000);
    }
    expect(events()).toEqual([event, event, event]);
  });

  it('is news again when it was over', () => {
    const facts = { from: null, epoch: 2, durationMs: 1 };
    narration.fallbackFailed(new Error('disk full'));
    narration.onFallback('server-down', facts);
    narration.fallbackFailed(new Error('disk full'));
    narration.recovered(facts);
    narration.fallbackFailed(new Error('disk full'));
    expect(events().filter((event) => event === 'fallback-failed')).toHaveLength(3);
  });
});

describe('subjects that hold names and messages', () => {
  it('are remembered up to 500', () => {
    const written: string[] = [];
    const note = (text: string): void => void written.push(text);
    const log = new Log('shop', { info: note, warn: note, error: note }, clock);
    for (let n = 1; n <= 500; n++) log.line('warn', `parity:${n}`, `${n}`);
    log.line('warn', 'parity:1', 'left out');
    log.line('warn', 'parity:501', '501');
    log.line('warn', 'parity:1', 'again');
    log.line('warn', 'parity:500', 'left out');
    log.tellLeftOut();
    expect(written.slice(500)).toEqual([
      '[shop] 501',
      '[shop] again',
      '[shop] 2 log lines were left out that said what another one had said (parity 2)',
    ]);
  });
});
