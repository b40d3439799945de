import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../src/databases/connection-failure.js';
import { PASSWORD_CACHE_MS, PasswordSource } from '../src/databases/password-source.js';
import { FakeClock, settled } from './support/fake-clock.js';

/** A source over a function that gives 'secret-1', 'secret-2', … */
function numbered(clock = new FakeClock()) {
  let calls = 0;
  const source = new PasswordSource(() => Promise.resolve(`secret-${++calls}`), 1_000, clock);
  return { clock, source, calls: () => calls };
}

describe('the password of a function', () => {
  it('is asked for once by all who come together', async () => {
    const { source, calls } = numbered();
    expect(await Promise.all([source.current(), source.current(), source.current()])).toEqual(['secret-1', 'secret-1', 'secret-1']);
    expect(calls()).toBe(1);
  });

  it('is kept for a moment only', async () => {
    const { source, clock } = numbered();
    await source.current();
    await clock.advance(PASSWORD_CACHE_MS - 1);
    expect(await source.current()).toBe('secret-1');
    await clock.advance(1);
    expect(await source.current()).toBe('secret-2');
    expect(clock.timersMs).toEqual([]);
  });

  it('is asked for anew after a refusal, once for all who were refused the same', async () => {
    const { source, calls } = numbered();
    const refused = await source.current();
    source.refused(refused);
    expect(await source.current()).toBe('secret-2');
    source.refused(refused);
    expect(await source.current()).toBe('secret-2');
    expect(calls()).toBe(2);
  });

  it('is given up at the timeout, in the background, and the next one asks again', async () => {
    const clock = new FakeClock();
    let calls = 0;
    const source = new PasswordSource(() => (++calls === 1 ? new Promise(() => undefined) : 'secret'), 1_000, clock);
    const failed = source.current().catch((error: unknown) => error);
    expect(clock.timersMs).toEqual([1_000]);
    expect(clock.holdingTimersMs).toEqual([]);
    await clock.advance(1_000);
    const error = await failed;
    expect(error).toMatchObject({ message: expect.stringContaining('did not answer within 1000 ms') as unknown });
    expect(classifyFailure(error)).toEqual({ kind: 'password-unavailable', notSent: true });
    expect(await source.current()).toBe('secret');
  });

  it('that comes too late is not kept', async () => {
    const clock = new FakeClock();
    let give: (password: string) => void = () => undefined;
    const answers: (string | Promise<string>)[] = [new Promise((resolve) => (give = resolve)), 'secret-2'];
    const source = new PasswordSource(() => answers.shift() ?? '', 1_000, clock);
    const failed = source.current().catch(() => 'failed');
    await clock.advance(1_000);
    expect(await failed).toBe('failed');
    give('secret-1');
    await settled();
    expect(await source.current()).toBe('secret-2');
  });
});
