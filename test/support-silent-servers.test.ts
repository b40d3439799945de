import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dial } from './support/dial.js';
import { closedPort } from './support/free-port.js';
import { fullBacklogHost } from './support/full-backlog-host.js';
import { leakGuard } from './support/leak-guard.js';
import { startMuteServer } from './support/mute-server.js';
import { waitFor } from './support/wait-for.js';

leakGuard();

describe('the faults that need no proxy', () => {
  it('a closed port refuses', async () => {
    await expect(dial({ host: '127.0.0.1', port: await closedPort() })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('a mute server accepts and never answers', async () => {
    const mute = await startMuteServer();
    const { socket, seen } = await dial(mute);
    socket.write('anybody?');
    await sleep(100);
    expect(seen()).toBe('');
    expect(mute.connectionCount).toBe(1);
    socket.destroy();
    await waitFor(() => mute.connectionCount === 0, { what: 'the mute server to notice' });
    await mute.close();
  });

  it('a mute server closes with clients on it', async () => {
    const mute = await startMuteServer();
    const { seen } = await dial(mute);
    await mute.close();
    await waitFor(() => /<end>|<ECONNRESET>/.test(seen()), { what: 'the end' });
  });

  it.runIf(process.platform === 'linux')('a full backlog neither accepts nor refuses', async () => {
    const hole = await fullBacklogHost();
    const socket = connect(hole.port, hole.host);
    socket.on('error', () => undefined);
    await sleep(500);
    expect(socket.connecting).toBe(true);
    socket.destroy();
    await hole.close();
    await expect(dial(hole)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
