import { describe, expect, it } from 'vitest';
import { sessionStart } from '../../../src/dialect/client/session-start.js';

const searchPath = (options: string) => sessionStart({ dialectOptions: { options } }).settings['search_path'];

describe('what a session begins with', () => {
  it('has the names of the configuration, and those of a fresh installation where it has none', () => {
    expect(sessionStart({ database: 'shop', username: 'ada' }).names).toEqual({ database: 'shop', user: 'ada' });
    expect(sessionStart({ database: undefined, username: null }).names).toEqual({ database: 'postgres', user: 'postgres' });
  });

  it('reads the search path from the options of a connection, the last one where there are several', () => {
    expect(searchPath('-c search_path=shop')).toBe('shop');
    expect(searchPath('-csearch_path=shop,public -c statement_timeout=5s')).toBe('shop,public');
    expect(searchPath('--search_path=one -c search_path=two')).toBe('two');
    expect(searchPath(String.raw`-c search_path=shop,\ public`)).toBe('shop, public');
    expect(searchPath('-c statement_timeout=5s')).toBeUndefined();
  });

  it('has the level of messages that Sequelize sets at each connect', () => {
    expect(sessionStart({}).settings).toEqual({ client_min_messages: 'warning' });
    expect(sessionStart({ dialectOptions: { clientMinMessages: 'ERROR' } }).settings).toEqual({ client_min_messages: 'error' });
    expect(sessionStart({ clientMinMessages: 'notice' }).settings).toEqual({ client_min_messages: 'notice' });
    expect(sessionStart({ clientMinMessages: false }).settings).toEqual({});
    expect(sessionStart({ dialectOptions: { clientMinMessages: 'IGNORE' } }).settings).toEqual({});
  });

  it("has the program's name as PostgreSQL 15 shows it: 63 bytes, and `?` for each that is no printable ASCII", () => {
    const shown = (application_name: unknown) => sessionStart({ dialectOptions: { application_name } }).settings['application_name'];
    expect(shown('shop')).toBe('shop');
    expect(shown('Büro\n')).toBe('B??ro?');
    expect(shown('n'.repeat(70))).toBe('n'.repeat(63));
    // Of a letter that does not fit whole nothing is left.
    expect(shown('ä'.repeat(40))).toBe('?'.repeat(62));
    expect(shown(undefined)).toBeUndefined();
  });
});
