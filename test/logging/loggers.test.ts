import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import fastify from 'fastify';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import winston from 'winston';
import type { LogFields, Logger } from '../../src/index.js';
import { Log } from '../../src/log.js';
import { FakeClock, settled } from '../support/fake-clock.js';

/** A stream that keeps what is written to it, line by line. */
function kept(): { stream: Writable; lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...String(chunk).split('\n').filter(Boolean));
      done();
    },
  });
  return { stream, lines };
}

/** Hands over one line, which has everything that a line can have. */
function write(logger: Logger | false): void {
  const log = new Log('shop', logger, new FakeClock());
  log.line('warn', 'unavailable:server-down', 'No database is available', 1_000, {
    reason: 'server-down',
    durationMs: 12,
    onFallback: false,
    delayMs: undefined,
    from: null,
  });
}

const transportTo = (stream: Writable) => new winston.transports.Stream({ stream }) as never;

const TEXT = '[shop] No database is available';
const FIELDS = { service: 'shop', event: 'unavailable', reason: 'server-down', durationMs: 12, onFallback: false };

const parsed = ([line]: string[]): unknown => JSON.parse(line ?? 'nothing was written');

describe('pino', () => {
  it('gets the fields, then the text', () => {
    const { stream, lines } = kept();
    write(pino({ base: null, timestamp: false }, stream));
    expect(lines).toHaveLength(1);
    expect(parsed(lines)).toEqual({ level: 40, msg: TEXT, ...FIELDS });
  });

  it.each([
    ['messageKey', { messageKey: 'message' }, { message: TEXT, ...FIELDS }],
    ['nestedKey', { nestedKey: 'payload' }, { msg: TEXT, payload: FIELDS }],
    ['both', { messageKey: 'text', nestedKey: 'data' }, { text: TEXT, data: FIELDS }],
  ])('may have a %s', (_name, options, expected) => {
    const { stream, lines } = kept();
    write(pino({ base: null, timestamp: false, ...options }, stream));
    expect(parsed(lines)).toEqual({ level: 40, ...expected });
  });

  it('keeps what a child is bound to', () => {
    const { stream, lines } = kept();
    write(pino({ base: null, timestamp: false }, stream).child({ module: 'database' }));
    expect(parsed(lines)).toEqual({ level: 40, msg: TEXT, module: 'database', ...FIELDS });
  });
});

describe("fastify's app.log", () => {
  it('is pino', async () => {
    const { stream, lines } = kept();
    const app = fastify({ logger: { stream, base: null, timestamp: false } });
    write(app.log);
    await app.close();
    expect(parsed(lines)).toEqual({ level: 40, msg: TEXT, ...FIELDS });
  });

  it('may be off', async () => {
    const app = fastify();
    expect(() => write(app.log)).not.toThrow();
    await app.close();
  });
});

describe('winston', () => {
  it('gets the text, then the fields', async () => {
    const { stream, lines } = kept();
    write(winston.createLogger({ format: winston.format.json(), transports: [transportTo(stream)] }));
    await settled();
    expect(parsed(lines)).toEqual({ level: 'warn', message: TEXT, ...FIELDS });
  });

  it('prints both in a format for people', async () => {
    const { stream, lines } = kept();
    const format = winston.format.simple();
    write(winston.createLogger({ format, transports: [transportTo(stream)] }));
    await settled();
    const [line = ''] = lines;
    expect(line.startsWith(`warn: ${TEXT} {`)).toBe(true);
    expect(JSON.parse(line.slice(line.indexOf('{')))).toEqual(FIELDS);
  });
});

describe('bunyan, which is known by its fields and its child()', () => {
  it('gets the fields, then the text', () => {
    const calls: unknown[][] = [];
    const note = (...args: unknown[]): void => void calls.push(args);
    write({ fields: { name: 'app' }, child: note, info: note, warn: note, error: note } as Logger);
    expect(calls).toEqual([[FIELDS, TEXT]]);
  });
});

describe('a console', () => {
  it('of its own gets the text alone, in one line', () => {
    const { stream, lines } = kept();
    write(new Console({ stdout: stream, stderr: stream }));
    expect(lines.map(stripVTControlCharacters)).toEqual([TEXT]);
  });

  it('is the global one where nothing else is said, and gets the text alone', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      write(console);
      expect(warn.mock.calls).toEqual([[TEXT]]);
    } finally {
      warn.mockRestore();
    }
  });
});

describe('any other object with info, warn and error', () => {
  it('gets the text, then the fields', () => {
    const calls: unknown[][] = [];
    const note = (...args: unknown[]): void => void calls.push(args);
    write({ info: note, warn: note, error: note });
    expect(calls).toEqual([[TEXT, FIELDS]]);
  });

  it('may take the text alone', () => {
    const texts: string[] = [];
    const note = (text: string): void => void texts.push(text);
    write({ info: note, warn: note, error: note });
    expect(texts).toEqual([TEXT]);
  });

  it('may read the fields that each line has', () => {
    const services: string[] = [];
    const note = (_text: string, fields?: LogFields): void => void services.push(`${fields?.service} ${fields?.event}`);
    write({ info: note, warn: note, error: note });
    expect(services).toEqual(['shop unavailable']);
  });

  it('may have a child() for something else', () => {
    const calls: unknown[][] = [];
    const note = (...args: unknown[]): void => void calls.push(args);
    write({ info: note, warn: note, error: note, child: note } as Logger);
    expect(calls).toEqual([[TEXT, FIELDS]]);
  });
});

describe('a logger that fails', () => {
  it.each([
    ['throws', () => write({ info: fail, warn: fail, error: fail })],
    ['rejects', () => write({ info: reject, warn: reject, error: reject })],
    [
      'throws while it is looked at',
      () =>
        write({
          ...QUIET,
          get child(): never {
            return fail();
          },
        }),
    ],
  ])('because it %s is not fatal', async (_how, use) => {
    // A rejection that nobody catches makes vitest fail.
    expect(use).not.toThrow();
    await settled();
  });
});

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const fail = (): never => {
  throw new Error('disk full');
};
const reject = (): Promise<never> => Promise.reject(new Error('disk full'));

describe('the type Logger', () => {
  it('fits what people have at hand, as it is', async () => {
    const app = fastify();
    const echo = (text: string): string => text;
    // Checked by the compiler.
    const fitting: Logger[] = [
      pino(),
      app.log,
      winston.createLogger({ silent: true }),
      console,
      new Console(process.stdout),
      { info: echo, warn: echo, error: echo },
    ];
    await app.close();
    expect(new Set(fitting).size).toBe(6);
  });

  it('refuses what lacks a function or wants something else first', () => {
    const echo = (text: string): string => text;
    const count = (number: number): number => number;
    // @ts-expect-error `error` is missing
    const lacking: Logger = { info: echo, warn: echo };
    // @ts-expect-error a text comes first
    const other: Logger = { info: count, warn: echo, error: echo };
    expect([lacking, other]).toHaveLength(2);
  });
});
