import { beforeEach, describe, expect, it } from 'vitest';
import { Log } from '../src/log.js';
import { FakeClock } from './support/fake-clock.js';

let clock: FakeClock;
let lines: string[];
let log: Log;

const logger = {
  info: (line: string) => lines.push(`info ${line}`),
  warn: (line: string) => lines.push(`warn ${line}`),
  error: (line: string) => lines.push(`error ${line}`),
};

beforeEach(() => {
  clock = new FakeClock();
  lines = [];
  log = new Log('shop', logger, clock);
});

describe('a line', () => {
  it('begins with the service name and goes to its level', () => {
    log.line('info', 'a', 'one');
    log.line('warn', 'b', 'two');
    log.line('error', 'c', 'three');
    expect(lines).toEqual(['info [shop] one', 'warn [shop] two', 'error [shop] three']);
  });

  it('is written with the logger as this', () => {
    class Journal {
      readonly kept: string[] = [];
      info(line: string): void {
        this.kept.push(line);
      }
      warn = this.info.bind(this);
      error = this.info.bind(this);
    }
    const journal = new Journal();
    new Log('shop', journal, clock).line('info', 'a', 'one');
    expect(journal.kept).toEqual(['[shop] one']);
  });

  it('is nowhere where the logger is off', () => {
    expect(() => new Log('shop', false, clock).line('error', 'a', 'one')).not.toThrow();
  });
});

describe('many lines about one subject', () => {
  it('are one line a second, and the next one says how many were left out', async () => {
    for (let index = 1; index <= 1_000; index++) log.line('warn', 'down', `down ${index}`);
    await clock.advance(999);
    log.line('warn', 'down', 'still down');
    await clock.advance(1);
    log.line('warn', 'down', 'down yet');
    expect(lines).toEqual(['warn [shop] down 1', 'warn [shop] down yet (and 1000 more like this)']);
  });

  it('are counted anew after each line that was written', async () => {
    log.line('warn', 'down', 'one');
    log.line('warn', 'down', 'left out');
    await clock.advance(1_000);
    log.line('warn', 'down', 'two');
    await clock.advance(1_000);
    log.line('warn', 'down', 'three');
    expect(lines).toEqual(['warn [shop] one', 'warn [shop] two (and 1 more like this)', 'warn [shop] three']);
  });

  it('keep quiet for as long as their writer says', async () => {
    log.line('warn', 'down', 'one', 60_000);
    await clock.advance(59_999);
    log.line('warn', 'down', 'two', 60_000);
    await clock.advance(1);
    log.line('warn', 'down', 'three', 60_000);
    expect(lines).toEqual(['warn [shop] one', 'warn [shop] three (and 1 more like this)']);
  });

  it('are all written with a quiet time of 0', () => {
    log.line('info', 'switch', 'one', 0);
    log.line('info', 'switch', 'two', 0);
    expect(lines).toEqual(['info [shop] one', 'info [shop] two']);
  });

  it('leave other subjects alone', () => {
    log.line('warn', 'down', 'down');
    log.line('warn', 'slow', 'slow');
    expect(lines).toEqual(['warn [shop] down', 'warn [shop] slow']);
  });
});

describe('a forgotten subject', () => {
  it('is written at once, without a count', () => {
    log.line('warn', 'down', 'one', 60_000);
    log.line('warn', 'down', 'left out', 60_000);
    log.forget('down');
    log.line('warn', 'down', 'two', 60_000);
    expect(lines).toEqual(['warn [shop] one', 'warn [shop] two']);
  });

  it('may be one that was never written', () => {
    log.forget('unknown');
    log.line('info', 'unknown', 'one');
    expect(lines).toEqual(['info [shop] one']);
  });

  it('leaves other subjects quiet', () => {
    log.line('warn', 'down', 'one');
    log.forget('slow');
    log.line('warn', 'down', 'two');
    expect(lines).toEqual(['warn [shop] one']);
  });
});

describe('a logger that throws', () => {
  it('is never fatal, and is tried again with the next line', async () => {
    const fail = () => {
      throw new Error('disk full');
    };
    let works = false;
    const broken = { ...logger, warn: (line: string) => (works ? lines.push(line) : fail()) };
    const quietLog = new Log('shop', broken, clock);
    quietLog.line('warn', 'down', 'one');
    works = true;
    await clock.advance(1_000);
    quietLog.line('warn', 'down', 'two');
    expect(lines).toEqual(['[shop] two']);
  });
});
