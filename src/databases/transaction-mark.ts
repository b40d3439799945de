import type { Outcome } from '../words.js';

/** What a connection knows of its server: read once, when it was opened. */
export interface ServerFacts {
  /** `server_version_num`, e.g. 170010. */
  readonly version: number;
  /** When the postmaster was started, in seconds since 1970. */
  readonly startedAt: string;
  /** When the server's statistics were reset last, in seconds since 1970: every crash does it, a clean restart does not. */
  readonly statisticsAt: string;
  /** `system_identifier` of the cluster. */
  readonly system: string;
  /** The first 8 digits of the WAL file's name; null on a standby. */
  readonly timeline: string | null;
}

/** What was noted of a transaction that wrote, before its COMMIT. */
export interface TransactionMark {
  /** The transaction id with its epoch, in digits. */
  readonly id: string;
  /** When the postmaster that gave the id was started. */
  readonly startedAt: string;
  /** Missing where the server does not let this role read it. */
  readonly facts: ServerFacts | undefined;
}

/** What a server says of a transaction afterwards. */
export interface TransactionLookup extends ServerFacts {
  /** Where the latest checkpoint record is. */
  readonly checkpoint: string;
  /** Where the latest checkpoint's REDO begins. */
  readonly redo: string;
  /** The next transaction id when that checkpoint was made, as `epoch:id`. */
  readonly nextXid: string;
  /** `'in the future'`: the server has not given this id yet. Null: it is too old to be known. */
  readonly status: 'committed' | 'aborted' | 'in progress' | 'in the future' | null;
}

/**
 * What a server is. `pg_control_checkpoint()` lags behind a promotion, so the timeline is taken from the WAL.
 *
 * Functions: PostgreSQL documentation, 9.28 "System Information Functions" and "Control Data Functions" (execute: PUBLIC).
 */
export const SERVER_FACTS = `SELECT current_setting('server_version_num')::int AS version, extract(epoch FROM pg_postmaster_start_time())::text AS "startedAt",
  extract(epoch FROM stats_reset)::text AS "statisticsAt",
  system_identifier::text AS system, CASE WHEN pg_is_in_recovery() THEN NULL ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS timeline,
  checkpoint_lsn::text AS checkpoint, redo_lsn::text AS redo, next_xid AS "nextXid"
FROM pg_control_system(), pg_control_checkpoint(), pg_stat_bgwriter`;

/** For a role that may not read the facts. */
export const SERVER_VERSION = "SELECT current_setting('server_version_num')::int AS version";

/** Before 13 the functions had other names. */
const FIRST_WITH_XID8 = 130_000;

/** Asks for the running transaction's id. It gives the transaction one if it has none yet; nothing in it can fail outside recovery. */
export const currentTransactionId = (version: number): string =>
  `SELECT ${version < FIRST_WITH_XID8 ? 'txid_current()' : 'pg_current_xact_id()'}::text AS id, extract(epoch FROM pg_postmaster_start_time())::text AS "startedAt"`;

/** Asks what became of transaction $1. */
export const transactionStatus = (version: number): string =>
  version < FIRST_WITH_XID8 ? 'SELECT txid_status($1::bigint) AS status' : 'SELECT pg_xact_status($1::text::xid8) AS status';

/** PostgreSQL: `transaction ID %s is in the future`, invalid_parameter_value (src/backend/utils/adt/xid8funcs.c of PostgreSQL 17). */
export const isInTheFuture = (error: unknown): boolean => (error as { code?: unknown }).code === '22023';

/**
 * Judges what became of a transaction; `undefined` where the server will know later.
 *
 * The status alone is not enough. A promoted standby uses ids anew, and so does the same server after a crash: an id whose
 * WAL was not yet on disk is given to somebody else, and then `committed` is said of a stranger's transaction.
 *
 * - An id that was not given yet on the same history was swallowed by a crash: nothing of the transaction is stored.
 * - `aborted` is true of whoever had the id: it is only used anew where its first owner was not committed.
 * - `committed` is believed where there was no crash since, or where the checkpoint at the end of recovery (its REDO begins at
 *   itself) is still the latest one and counts past the id: then the id was on disk. One that does not count up to it says
 *   that the id was lost, if the server was started since.
 */
export function judgeTransaction(mark: TransactionMark, found: TransactionLookup): Outcome | undefined {
  const { facts } = mark;
  const isSameHistory = facts?.timeline != null && facts.system === found.system && facts.timeline === found.timeline;
  // Facts of another postmaster than the one that gave the id: a pooler stands between.
  if (!isSameHistory || facts.startedAt !== mark.startedAt) return 'unknown';
  if (found.status === 'in progress') return undefined;
  if (found.status === 'aborted' || found.status === 'in the future') return 'rolled-back';
  if (found.status === null) return 'unknown';
  return facts.statisticsAt === found.statisticsAt ? 'committed' : judgeAfterCrash(mark, found);
}

/** Judges an id that is said to be committed, after a crash (or after somebody reset the statistics by hand). */
function judgeAfterCrash(mark: TransactionMark, found: TransactionLookup): Outcome {
  const isEndOfRun = found.redo === found.checkpoint;
  if (!isEndOfRun) return 'unknown';
  const covers = nextXidOf(found) > BigInt(mark.id);
  if (!covers) return found.startedAt === mark.startedAt ? 'unknown' : 'rolled-back';
  // Where the statistics are older than this start, it was a clean one, and its checkpoint says nothing of the crash before.
  return Number(found.statisticsAt) >= Number(found.startedAt) ? 'committed' : 'unknown';
}

function nextXidOf({ nextXid }: TransactionLookup): bigint {
  const [epoch = '0', xid = '0'] = nextXid.split(':');
  return (BigInt(epoch) << 32n) + BigInt(xid);
}
