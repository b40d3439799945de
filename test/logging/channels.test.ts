import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseInstance } from '../../src/databases/database.js';
import { Events } from '../../src/events.js';
import type { UnitOfWork } from '../../src/routing/unit-of-work.js';
import { Router } from '../../src/routing/router.js';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Subscribes for the running test. */
function hear(name: string, subscriber: (message: unknown) => void): void {
  const own = (message: unknown): void => subscriber(message);
  subscribe(`sequelize-resilient:${name}`, own);
  onTestFinished(() => void unsubscribe(`sequelize-resilient:${name}`, own));
}

function routed(): { router: Router; events: Events } {
  const router = new Router({ role: 'primary' } as DatabaseInstance);
  const publishing = { serviceName: 'shop', apart: (call: () => void) => router.apart(call) };
  return {
    router,
    events: new Events(
      () => undefined,
      (call) => router.outside(call),
      publishing,
    ),
  };
}

describe('a channel', () => {
  it('costs nothing where nobody subscribes', () => {
    let looked = 0;
    const payload = {
      get durationMs() {
        looked += 1;
        return 1;
      },
    };
    const { events } = routed();
    events.emit('healthCheckPassed', payload);
    expect(looked).toBe(0);
    hear('healthCheckPassed', () => undefined);
    events.emit('healthCheckPassed', payload);
    expect(looked).toBe(1);
  });

  it('says which connection it is, and leaves the payload of listeners as it is', () => {
    const { events } = routed();
    const told: unknown[] = [];
    hear('outcome', (message) => told.push(message));
    events.on('outcome', (payload) => told.push(payload));
    const payload = { kind: 'read', outcome: 'not-sent' } as const;
    events.emit('outcome', payload);
    expect(told).toEqual([{ ...payload, serviceName: 'shop' }, payload]);
    expect(told[1]).toBe(payload);
  });

  it('is heard in the async context of the call, in no unit of work; listeners hear it in neither', async () => {
    const requests = new AsyncLocalStorage<string>();
    const { router, events } = routed();
    const heard: [string, string | undefined, UnitOfWork | undefined][] = [];
    hear('outcome', () => heard.push(['subscriber', requests.getStore(), router.unit]));
    events.on('outcome', () => heard.push(['listener', requests.getStore(), router.unit]));
    await requests.run('request 1', () =>
      router.runUnit(async () => {
        await Promise.resolve();
        expect(router.unit).toBeDefined();
        events.emit('outcome', { kind: 'read', outcome: 'not-sent' });
        expect(router.unit).toBeDefined();
      }),
    );
    expect(heard).toEqual([
      ['subscriber', 'request 1', undefined],
      ['listener', undefined, undefined],
    ]);
  });
});

describe('a subscriber that throws', () => {
  const program = (more: string): string => `
    import { subscribe } from 'node:diagnostics_channel';
    import { Events } from './src/events.ts';
    ${more}
    subscribe('sequelize-resilient:closed', () => { throw new Error('my subscriber broke'); });
    const events = new Events(() => undefined);
    events.on('closed', () => console.log('the listener hears it'));
    events.emit('closed', {});
    console.log('emit has returned');
    setTimeout(() => console.log('the process lives'), 50);`;
  const output = (more = '') =>
    run(process.execPath, ['--import', createRequire(import.meta.url).resolve('tsx'), '--input-type=module', '-e', program(more)], {
      cwd: root,
      env: { PATH: process.env['PATH'], TSX_DISABLE_CACHE: '1' },
    });

  it('ends the process, as that of any channel, after everybody has heard', async () => {
    await expect(output()).rejects.toMatchObject({
      code: 1,
      stdout: 'the listener hears it\nemit has returned\n',
      stderr: expect.stringContaining('my subscriber broke') as string,
    });
  });

  it('is handed to uncaughtException', async () => {
    const { stdout } = await output(`process.on('uncaughtException', ({ message }) => console.log('uncaught: ' + message));`);
    expect(stdout.split('\n')).toEqual([
      'the listener hears it',
      'emit has returned',
      'uncaught: my subscriber broke',
      'the process lives',
      '',
    ]);
  });
});
