import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../src/errors.js';
import type { PrimaryOptions } from '../src/options.js';
import { resolvePrimary } from '../src/options/resolve-primary.js';
import { shownHost } from '../src/options/primary-hosts.js';

const SECRET = 's3cret-Pa55';

function refusal(primary: object): ConfigurationError {
  try {
    resolvePrimary(primary);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('The options were accepted.');
}

const hostsOf = (hosts: PrimaryOptions['hosts']) => resolvePrimary({ hosts }).hosts;

describe('primary.hosts', () => {
  it.each<[string | { host: string; port?: number | string }, string, number, string]>([
    ['db1', 'db1', 5432, 'db1:5432'],
    ['db1:6432', 'db1', 6432, 'db1:6432'],
    ['10.0.0.7:1', '10.0.0.7', 1, '10.0.0.7:1'],
    ['[::1]:6432', '::1', 6432, '[::1]:6432'],
    ['[::1]', '::1', 5432, '[::1]:5432'],
    ['fe80::7', 'fe80::7', 5432, '[fe80::7]:5432'],
    ['/var/run/postgresql', '/var/run/postgresql', 5432, '/var/run/postgresql:5432'],
    [{ host: 'db1' }, 'db1', 5432, 'db1:5432'],
    [{ host: 'db1', port: 6432 }, 'db1', 6432, 'db1:6432'],
    [{ host: '::1', port: '6432' }, '::1', 6432, '[::1]:6432'],
  ])('takes %j', (entry, host, port, shown) => {
    expect(hostsOf([entry])).toEqual([{ host, port }]);
    expect(hostsOf([entry]).map(shownHost)).toEqual([shown]);
  });

  it('keeps the order, and answers with the first one as host and port', () => {
    const { host, port, hosts } = resolvePrimary({ hosts: ['b:2', 'a:1'] });
    expect({ host, port, hosts }).toEqual({
      host: 'b',
      port: 2,
      hosts: [
        { host: 'b', port: 2 },
        { host: 'a', port: 1 },
      ],
    });
  });

  const shape = "must be 'host', 'host:port', '[ipv6]:port' or { host, port }";
  const port = 'must have a port from 1 to 65535';

  it.each<[unknown, string, string, string]>([
    [[], 'primary.hosts', 'must be an array with at least one host', 'an array'],
    ['db1,db2', 'primary.hosts', 'must be an array with at least one host', '"db1,db2"'],
    [['db1', 7], 'primary.hosts[1]', shape, '7'],
    [['db1', ''], 'primary.hosts[1]', 'must be a non-empty string', '""'],
    [['db1', null], 'primary.hosts[1]', shape, 'null'],
    [[':5432'], 'primary.hosts[0]', shape, '":5432"'],
    [['[db1]:5432'], 'primary.hosts[0]', shape, '"[db1]:5432"'],
    [['db1', 'db2:'], 'primary.hosts[1]', port, '"db2:"'],
    [['db1', 'db2:0'], 'primary.hosts[1]', port, '"db2:0"'],
    [['db1', 'db2:65536'], 'primary.hosts[1]', port, '"db2:65536"'],
    [['db1:1:2'], 'primary.hosts[0]', port, '"db1:1:2"'],
    [['db1,db2'], 'primary.hosts[0]', 'must be one host; several belong in primary.hosts', '"db1,db2"'],
    [[{ host: 'db1', port: 0 }], 'primary.hosts[0].port', 'must be a whole number from 1 to 65535', '0'],
    [[{ port: 5432 }], 'primary.hosts[0].host', 'is required', 'undefined'],
    [['db1', { host: 'DB1' }, 'db1:5432'], 'primary.hosts[2]', 'must not be in the list twice', '"db1:5432"'],
  ])('refuses %j', (hosts, option, rule, received) => {
    const error = refusal({ hosts });
    expect(error).toMatchObject({ option, rule, message: `${option}: ${rule}; received ${received}` });
  });

  it('refuses an unknown name in an entry', () => {
    expect(refusal({ hosts: [{ host: 'db1', prot: 5432 }] }).message).toBe(
      'primary.hosts[0].prot: is not an option; the options here are host, port',
    );
  });

  it.each([`postgres://u:${SECRET}@db/x`, `u:${SECRET}@db`])('does not show a connection string that stands in it', (entry) => {
    const error = refusal({ hosts: [entry] });
    expect(error.option).toBe('primary.hosts[0]');
    expect(error.message).not.toContain(SECRET);
  });

  it.each([
    [{ host: 'db1' }, 'primary.host'],
    [{ port: 5433 }, 'primary.port'],
    [{ host: 'db1', port: 5433 }, 'primary.host, primary.port'],
    [{ url: `postgres://u:${SECRET}@db1/x` }, 'the host in primary.url'],
  ])('refuses it beside %j', (others, named) => {
    expect(refusal({ hosts: ['db1'], ...others }).message).toBe(
      `primary.hosts: must not be given together with ${named}: one of them would be ignored`,
    );
  });

  it('takes it beside a url that names no host', () => {
    expect(resolvePrimary({ hosts: ['db1', 'db2'], url: 'postgres://u:p@/x' })).toMatchObject({
      hosts: [
        { host: 'db1', port: 5432 },
        { host: 'db2', port: 5432 },
      ],
      username: 'u',
      password: 'p',
      database: 'x',
    });
  });
});

describe('primary.targetSessionAttrs', () => {
  it("is 'read-write' unless it is said, in the option or in the url", () => {
    expect(resolvePrimary({}).targetSessionAttrs).toBe('read-write');
    expect(resolvePrimary({ targetSessionAttrs: 'any' }).targetSessionAttrs).toBe('any');
    expect(resolvePrimary({ url: 'postgres://db/x?target_session_attrs=any' }).targetSessionAttrs).toBe('any');
  });

  it('refuses what it does not know, and two that differ', () => {
    expect(refusal({ targetSessionAttrs: 'primary' }).message).toBe(
      "primary.targetSessionAttrs: must be 'read-write' or 'any'; received \"primary\"",
    );
    expect(refusal({ targetSessionAttrs: 'read-write', url: 'postgres://db/x?target_session_attrs=any' }).message).toBe(
      'primary.url: must not say another target_session_attrs than primary.targetSessionAttrs',
    );
  });
});

describe('primary.password as a function', () => {
  const password = () => SECRET;

  it('is taken as it is, also beside a url without a password', () => {
    expect(resolvePrimary({ password }).password).toBe(password);
    expect(resolvePrimary({ url: 'postgres://u@db/x', password })).toMatchObject({ password, username: 'u' });
  });

  it('is refused beside a url with a password, like a constant one', () => {
    const message = 'primary.url: must not be given together with primary.password: one of them would be ignored';
    expect(refusal({ url: 'postgres://u:p@db/x', password }).message).toBe(message);
    expect(refusal({ url: 'postgres://u@db/x', password: SECRET }).message).toBe(message);
  });
});
