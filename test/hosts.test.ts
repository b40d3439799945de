import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../src/databases/connection-failure.js';
import { Hosts } from '../src/databases/hosts.js';

const one = { host: 'db1', port: 5432 };
const two = { host: 'db2', port: 6432 };
const hosts = (): Hosts => new Hosts([one, two]);

describe('the host for an instance', () => {
  it('is the first of the list where none was chosen, and then the same again', () => {
    const list = hosts();
    expect([list.current, list.candidate, list.take(), list.take()]).toEqual([one, undefined, one, one]);
  });

  it('is the chosen one, from its taking on', () => {
    const list = hosts();
    list.choose(two);
    expect([list.current, list.candidate]).toEqual([one, two]);
    expect([list.take(), list.current, list.candidate, list.take()]).toEqual([two, two, undefined, two]);
  });

  it('is the current one where the choice was taken back', () => {
    const list = hosts();
    list.choose(two);
    list.choose(undefined);
    expect(list.take()).toBe(one);
  });
});

describe('a host of another cluster', () => {
  it('is one with another identifier than the first host that was used', () => {
    const list = hosts();
    list.choose(two, '222');
    expect(list.strangeness(one, '111')).toBeUndefined();
    list.take();
    list.choose(one, '222');
    list.take();
    expect(list.strangeness(two, '222')).toBeUndefined();
    const strange = list.strangeness(one, '111');
    expect(strange?.message).toContain(
      'db1:5432 holds another database cluster (system identifier 111) than db2:6432 (222), which was used first',
    );
    expect(classifyFailure(strange)).toEqual({ kind: 'not-primary', notSent: true });
  });

  it('is not known where an identifier is not', () => {
    const list = hosts();
    list.choose(one);
    list.take();
    expect(list.strangeness(two, '222')).toBeUndefined();
    list.choose(one, '111');
    list.take();
    expect(list.strangeness(two, undefined)).toBeUndefined();
  });
});
