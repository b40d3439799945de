import { spawn } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { leakGuard, watchLeaks } from './support/leak-guard.js';
import { type MuteServer, startMuteServer } from './support/mute-server.js';
import { openSqliteFiles } from './support/open-files.js';
import { tempFolder } from './support/temp-folder.js';
import { waitFor } from './support/wait-for.js';

const hasProc = process.platform === 'linux';

describe('leakGuard', () => {
  const leftOver: (() => void)[] = [];
  afterAll(() => leftOver.splice(0).forEach((end) => end()));

  describe('around each test', () => {
    leakGuard({ timeoutMs: 300 });

    it('passes a test that leaves nothing', () => undefined);

    it('passes a test whose timer ends soon after it', () => {
      setTimeout(() => undefined, 100);
    });

    it('passes a test that closes in onTestFinished', () => {
      const timer = setInterval(() => undefined, 1000);
      onTestFinished(() => clearInterval(timer));
    });

    it('passes a test that leaves an unreferenced timer', () => {
      setTimeout(() => undefined, 1000).unref();
    });

    it.fails('fails a test that leaves a timer', () => {
      const timer = setInterval(() => undefined, 1000);
      leftOver.push(() => clearInterval(timer));
    });

    it.fails('fails a test that leaves a server', async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      leftOver.push(() => server.close());
    });

    it.runIf(hasProc).fails('fails a test that leaves a file open', () => {
      const fd = openSync(join(tempFolder(), 'left'), 'w');
      leftOver.push(() => closeSync(fd));
    });
  });

  describe('around a file', () => {
    leakGuard({ scope: 'file', timeoutMs: 300 });
    let timer: NodeJS.Timeout;

    beforeAll(() => {
      timer = setInterval(() => undefined, 1000);
    });
    afterAll(() => clearInterval(timer));

    it('lets tests leave what the last afterAll gives back', () => {
      expect(timer.hasRef()).toBe(true);
    });
  });
});

describe('watchLeaks', () => {
  let mute: MuteServer;
  beforeAll(async () => {
    mute = await startMuteServer();
    return () => mute.close();
  });
  afterEach(() => waitFor(() => mute.connectionCount === 0, { what: 'the clients to be gone' }));

  it.runIf(hasProc)('names the addresses of a socket, an unreferenced one too', async () => {
    const watch = watchLeaks();
    onTestFinished(() => watch.stop());
    const socket = connect(mute.port, mute.host).unref();
    await new Promise((resolve) => socket.once('connect', resolve));
    expect(watch.leaks()).toContainEqual(
      expect.stringMatching(new RegExp(`TCP 127.0.0.1:\\d+ -> 127.0.0.1:${mute.port} ESTABLISHED \\(fd \\d+\\)`)),
    );
    socket.destroy();
    await waitFor(() => watch.leaks().length === 0, { what: 'the socket to be gone' });
  });

  it('names the place of a timer and counts child processes', async () => {
    const watch = watchLeaks();
    onTestFinished(() => watch.stop());
    const timer = setInterval(() => undefined, 1000);
    const child = spawn('sleep', ['60']);
    expect(watch.leaks()).toEqual(
      expect.arrayContaining(['1 x ProcessWrap', expect.stringMatching(/^timer made at .*support-leak-guard\.test\.ts:\d+/)]),
    );
    clearInterval(timer);
    child.kill();
    await waitFor(() => watch.leaks().length === 0, { what: 'both to be gone' });
  });
});

describe('openSqliteFiles', () => {
  it('lists the files below a folder that SQLite has open', async () => {
    const folder = tempFolder();
    expect(openSqliteFiles(folder)).toEqual([]);
    const file = join(folder, 'a.sqlite');
    const database = await new Promise<sqlite3.Database>((resolve, reject) => {
      const opened: sqlite3.Database = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(opened)));
    });
    await new Promise((resolve) => database.exec('CREATE TABLE t (id int)', resolve));
    expect(openSqliteFiles(folder)).toEqual([file]);
    await new Promise((resolve) => database.close(resolve));
    expect(openSqliteFiles(folder)).toEqual([]);
  });

  it.runIf(hasProc)('marks a file that was removed while it was open', () => {
    const folder = tempFolder();
    const file = join(folder, 'gone');
    writeFileSync(file, '');
    const fd = openSync(file, 'r');
    rmSync(file);
    expect(openSqliteFiles(folder)).toEqual([`${file} (deleted)`]);
    closeSync(fd);
  });
});

describe('waitFor', () => {
  it('resolves to the first truthy answer, over throws', async () => {
    let asked = 0;
    const answer = await waitFor(
      () => {
        asked += 1;
        if (asked < 3) throw new Error('not yet');
        return `answer ${asked}`;
      },
      { what: 'the third question' },
    );
    expect(answer).toBe('answer 3');
  });

  it('ends in time under fake timers', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await expect(waitFor(() => false, { timeoutMs: 30, what: 'the bus' })).rejects.toThrow('waited 30 ms for the bus');
  });

  it('names what it waited for and keeps the last error', async () => {
    const refuse = (): never => {
      throw new Error('no');
    };
    await expect(waitFor(refuse, { timeoutMs: 30, what: 'the bus' })).rejects.toMatchObject({
      message: 'waited 30 ms for the bus',
      cause: new Error('no'),
    });
  });
});
