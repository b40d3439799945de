import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../support/wait-for.js';
import type { LostCommitMode } from '../../src/testing/index.js';
import type { FaultKind, PlannedFault } from './plan.js';
import { SERVICE_ROLE, type Site } from './site.js';

/** How long is waited for what is to be lost, in milliseconds. */
const LOSS_WAIT_MS = 3_000;

/** `begun` is called when the fault begins, where that is later than the call. */
type Strike = (site: Site, fault: PlannedFault, begun: () => void) => Promise<void>;

/** Makes one fault happen and undoes it. Resolves when PostgreSQL is up again and nothing stands in the way any more. */
export const strike: Record<FaultKind, Strike> = {
  refuse: ({ wire }, { lengthMs }) =>
    during(
      () => wire.refuse(),
      lengthMs,
      () => wire.restore(),
    ),
  cut: ({ wire }) => wire.cut(),
  blackhole: ({ wire }, { lengthMs }) =>
    during(
      () => wire.blackhole(),
      lengthMs,
      () => wire.restore(),
    ),
  'half-open': async ({ statements }, { lengthMs }) => {
    const reset = statements.forsake();
    await sleep(lengthMs);
    reset();
  },
  slow: ({ wire }, { lengthMs, strength }) =>
    during(
      () => wire.slow(10 + Math.round(strength * 80)),
      lengthMs,
      () => wire.slow(0),
    ),
  'lost reply of COMMIT': (site, { strength }) => loseCommits(site, 'after-commit', 1 + Math.floor(strength * 4)),
  'lost COMMIT': (site, { strength }) => loseCommits(site, 'before-commit', 1 + Math.floor(strength * 4)),
  'lost reply of a write': loseWriteReplies,
  'kill -9': ({ server }, { lengthMs }) =>
    during(
      () => server.kill(),
      lengthMs,
      () => server.start(),
    ),
  'kill -9 at COMMIT': killAtCommit,
  'immediate stop': ({ server }, { lengthMs }) =>
    during(
      () => server.stop('immediate'),
      lengthMs,
      () => server.start(),
    ),
  'fast restart': ({ server }, { lengthMs }) =>
    during(
      () => server.stop('fast'),
      lengthMs,
      () => server.start(),
    ),
  freeze: ({ server }, { lengthMs }) =>
    during(
      () => server.freeze(),
      lengthMs,
      () => server.thaw(),
    ),
  'terminate backends': ({ admin }) => admin(terminate),
  'read-only': ({ admin }, { lengthMs }) =>
    during(
      () => readOnly(admin, true),
      lengthMs,
      () => readOnly(admin, false),
    ),
  'connection limit': limitConnections,
};

const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${SERVICE_ROLE}'`;

async function during(begin: () => Promise<void> | void, lengthMs: number, end: () => Promise<void> | void): Promise<void> {
  await begin();
  await sleep(lengthMs);
  await end();
}

async function loseCommits({ wire }: Site, mode: LostCommitMode, count: number): Promise<void> {
  await wire.lostCommitReply({ count, mode });
  const lost = wire.untilCommitLost().catch(() => undefined);
  await within(LOSS_WAIT_MS, lost);
  await wire.restore();
}

async function loseWriteReplies({ statements }: Site, { strength }: PlannedFault): Promise<void> {
  statements.loseWriteReplies(1 + Math.floor(strength * 8));
  await waitFor(() => statements.repliesToLose === 0, { timeoutMs: LOSS_WAIT_MS, what: 'enough writes' }).catch(() => undefined);
  statements.loseWriteReplies(0);
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const stop = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: stop.signal }).catch(() => undefined)]);
  stop.abort();
}

/**
 * Kills the server when a COMMIT is on its way, so that what the transaction wrote was never flushed, and gives transaction ids to
 * others before the service is back: PostgreSQL hands the lost ones out again, and whoever asks for their fate hears 'committed'.
 */
async function killAtCommit({ server, wire, statements, admin }: Site, { lengthMs }: PlannedFault, begun: () => void): Promise<void> {
  await statements.heldCommit(LOSS_WAIT_MS);
  begun();
  const refused = wire.refuse();
  await server.kill();
  await refused;
  await sleep(lengthMs);
  await server.start();
  await admin(...Array.from({ length: 40 }, () => 'INSERT INTO elsewhere DEFAULT VALUES'));
  await wire.restore();
}

async function readOnly(admin: Site['admin'], on: boolean): Promise<void> {
  await admin(`ALTER SYSTEM SET default_transaction_read_only = ${on ? 'on' : 'off'}`, 'SELECT pg_reload_conf()');
}

async function limitConnections({ admin }: Site, { lengthMs, strength }: PlannedFault): Promise<void> {
  await admin(`ALTER ROLE ${SERVICE_ROLE} CONNECTION LIMIT ${3 + Math.floor(strength * 3)}`);
  await admin(terminate);
  await sleep(lengthMs);
  await admin(`ALTER ROLE ${SERVICE_ROLE} CONNECTION LIMIT -1`);
}
