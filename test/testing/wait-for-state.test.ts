import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ResilientConfig, ResilientConnection } from '../../src/index.js';
import { type StateName, waitFor, type WatchedConnection } from '../../src/testing/index.js';
import { closedPort } from '../support/free-port.js';
import { leakGuard } from '../support/leak-guard.js';
import { tempFolder } from '../support/temp-folder.js';

leakGuard();

/** A connection to a PostgreSQL that isn't there. */
async function opened(options: ResilientConfig['options'] = { allowSQLiteFallback: true }): Promise<ResilientConnection> {
  const connection = new ResilientConnection({
    serviceName: 'shop',
    primary: { host: '127.0.0.1', port: await closedPort(), logging: false },
    fallback: { storageDir: tempFolder() },
    logger: false,
    options,
  });
  onTestFinished(() => connection.close());
  return connection;
}

describe('waitFor', () => {
  it('resolves to the status as soon as the state is reached', async () => {
    const connection = await opened();
    expect(await waitFor(connection, 'connecting')).toMatchObject({ state: 'connecting' });
    expect(await waitFor(connection, 'fallback')).toMatchObject({ state: 'fallback', dialect: 'sqlite', serviceName: 'shop' });
  });

  it('takes the first of several states', async () => {
    const connection = await opened();
    expect(await waitFor(connection, ['primary', 'fallback'])).toMatchObject({ state: 'fallback' });
  });

  it('sees a state that no event tells of', async () => {
    const connection = await opened({ allowSQLiteFallback: false, maxRetries: 1, retryDelay: 10 });
    expect(await waitFor(connection, 'unavailable')).toMatchObject({ state: 'unavailable' });
  });

  it('rejects at its timeout with what it waited for and what it is', async () => {
    const connection = await opened();
    await connection.ready;
    const failed = waitFor(connection, ['primary', 'unavailable'], { timeoutMs: 50 });
    await expect(failed).rejects.toThrow(
      /^waited 50 ms for 'primary' or 'unavailable', but shop is 'fallback' \(reason: server-down; Running in fallback mode/,
    );
  });

  it('rejects at once where the connection is closed, and when it is being closed', async () => {
    const connection = await opened();
    await connection.ready;
    const waiting = expect(waitFor(connection, 'primary')).rejects.toThrow(
      /^shop is 'closed', which it stays: waited \d+ ms for 'primary'$/,
    );
    await Promise.all([waiting, connection.close()]);
    await expect(waitFor(connection, 'primary', { timeoutMs: 60_000 })).rejects.toThrow("shop is 'closed'");
    expect(await waitFor(connection, 'closed')).toMatchObject({ state: 'closed' });
  });

  it('goes on when the program removes all listeners', async () => {
    const connection = await opened();
    const reached = waitFor(connection, 'fallback');
    connection.off('connected');
    await reached;
  });

  it('looks no more when it is done', async () => {
    const connection = await opened();
    await waitFor(connection, 'fallback');
    let looks = 0;
    const status = connection.getStatus();
    connection.getStatus = () => (looks++, status);
    await expect(waitFor(connection, 'primary', { timeoutMs: 0 })).rejects.toThrow('waited 0 ms');
    const looked = looks;
    await sleep(60);
    expect(looks).toBe(looked);
  });

  it.each<[state: unknown, options: unknown, message: string]>([
    ['primray', {}, `state: must be one of 'connecting', 'primary', 'fallback', 'unavailable', 'closed'; received "primray"`],
    [[], {}, 'state: must be a state or a list of states; received an array'],
    ['primary', { timeoutMs: '50' }, 'timeoutMs: must be a whole number from 0 to 2147483647; received "50"'],
    ['primary', { timeout: 50 }, 'options: must have no other options than timeoutMs; received "timeout"'],
    ['primary', 50, 'options: must be an object with timeoutMs; received 50'],
  ])('refuses %j with %j', async (state, options, message) => {
    const connection = await opened();
    const refused = waitFor(connection, state as StateName, options as object);
    await expect(refused).rejects.toBeInstanceOf(TypeError);
    await expect(refused).rejects.toThrow(message);
  });

  it('refuses what is no connection', async () => {
    await expect(waitFor({} as WatchedConnection, 'primary')).rejects.toThrow(
      'connection: must be a resilient connection; received an object',
    );
  });
});
