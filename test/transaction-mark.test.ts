import { describe, expect, it } from 'vitest';
import {
  currentTransactionId,
  isInTheFuture,
  judgeTransaction,
  type ServerFacts,
  type TransactionLookup,
  type TransactionMark,
  transactionStatus,
} from '../src/databases/transaction-mark.js';

const FACTS: ServerFacts = { version: 170_010, startedAt: '1000.5', statisticsAt: '1000.25', system: '7001', timeline: '00000001' };
const MARK: TransactionMark = { id: '750', startedAt: FACTS.startedAt, facts: FACTS };
/** The same server without a crash, whose latest checkpoint came while it ran. */
const FOUND: TransactionLookup = { ...FACTS, checkpoint: '0/2000', redo: '0/1F00', nextXid: '0:760', status: 'committed' };

interface Case {
  readonly name: string;
  readonly mark?: Partial<TransactionMark>;
  /** What the connection knew of its server. */
  readonly facts?: Partial<ServerFacts>;
  readonly found?: Partial<TransactionLookup> | undefined;
}

const judged = ({ mark, facts, found }: Case) =>
  judgeTransaction({ ...MARK, facts: { ...FACTS, ...facts }, ...mark }, { ...FOUND, ...found });

const STATUSES = ['committed', 'aborted', 'in progress', 'in the future', null] as const;

/** Started again by hand or by its supervisor: another postmaster. */
const RESTARTED = { startedAt: '2000.5' } as const;
/** The statistics are reset by each crash, and by nothing that leaves transactions as they were (but by hand). */
const CRASHED = { statisticsAt: '2000.75' } as const;
/** Only the checkpoint that ends a recovery, or a shutdown, begins at itself. */
const END_OF_RUN = { checkpoint: '0/2000', redo: '0/2000' } as const;
const ONLINE = { checkpoint: '0/2000', redo: '0/1F00' } as const;

const CANT_TELL: readonly Case[] = [
  { name: 'a role that may not read the facts', mark: { facts: undefined } },
  { name: 'a mark of a standby', facts: { timeline: null } },
  { name: 'a server that is a standby now', found: { timeline: null } },
  { name: 'a mark of a standby, found on one', facts: { timeline: null }, found: { timeline: null } },
  { name: 'a promoted standby: another timeline', found: { timeline: '00000002' } },
  { name: 'an old primary, where the standby had been promoted', facts: { timeline: '00000002' } },
  { name: 'another cluster', found: { system: '7002' } },
  { name: 'an id from behind a pooler: another postmaster than the facts are of', mark: { startedAt: '1500.5' } },
];

describe.each(CANT_TELL)('$name', (given) => {
  it.each(STATUSES)('is unknown where the status is %s', (status) => {
    expect(judged({ ...given, found: { ...given.found, status } })).toBe('unknown');
  });

  it('is unknown also where the checkpoint would prove the id', () => {
    expect(judged({ ...given, found: { ...CRASHED, ...RESTARTED, ...END_OF_RUN, ...given.found } })).toBe('unknown');
  });
});

const STARTS: readonly Case[] = [
  { name: 'a server as before', found: {} },
  { name: 'a server after a clean restart', found: { ...RESTARTED, ...END_OF_RUN } },
  { name: 'a server after a crash', found: { ...CRASHED, ...RESTARTED, ...END_OF_RUN } },
  { name: 'a server after a crash of one process', found: { ...CRASHED, ...END_OF_RUN } },
];

describe.each(STARTS)('$name', ({ found }) => {
  it.each([
    ['in progress', undefined],
    ['aborted', 'rolled-back'],
    ['in the future', 'rolled-back'],
    [null, 'unknown'],
  ] as const)('that says %s is judged %s', (status, verdict) => {
    expect(judged({ name: '', found: { ...found, status } })).toBe(verdict);
  });
});

describe('a server that says committed', () => {
  it.each<Case>([
    { name: 'as before' },
    { name: 'after a clean restart', found: { ...RESTARTED, ...END_OF_RUN } },
    { name: 'after a clean restart and a checkpoint', found: { ...RESTARTED, ...ONLINE } },
    { name: 'with a checkpoint from before the transaction', found: { nextXid: '0:749' } },
    { name: 'with an end of recovery from before the transaction', found: { ...END_OF_RUN, nextXid: '0:3' } },
  ])('is believed where nothing crashed: $name', ({ found }) => {
    expect(judged({ name: '', found })).toBe('committed');
  });

  describe.each([
    { name: 'after a crash and a new start', restarted: RESTARTED, lost: 'rolled-back' },
    { name: 'after a crash that the postmaster survived', restarted: {}, lost: 'unknown' },
  ] as const)('$name', ({ restarted, lost }) => {
    it.each([
      ['counts past the id', '0:751', 'committed'],
      ['counts far past the id', '3:1', 'committed'],
      ['counts up to the id, so that it was given anew', '0:750', lost],
      ['ends below the id', '0:12', lost],
    ])('is judged by the end of recovery: it %s', (_, nextXid, verdict) => {
      expect(judged({ name: '', found: { ...CRASHED, ...restarted, ...END_OF_RUN, nextXid } })).toBe(verdict);
    });

    it.each(['0:12', '0:750', '0:751', '3:1'])('is unknown where a later checkpoint hides the end of recovery, next id %s', (nextXid) => {
      expect(judged({ name: '', found: { ...CRASHED, ...restarted, ...ONLINE, nextXid } })).toBe('unknown');
    });
  });

  it('is unknown after a crash and a clean restart since: its statistics are older than the start', () => {
    const found = { ...RESTARTED, statisticsAt: '1900.75', ...END_OF_RUN, nextXid: '0:800' };
    expect(judged({ name: '', found })).toBe('unknown');
  });

  it('is judged by the end of recovery also where the statistics were reset in the moment of the start', () => {
    const found = { ...RESTARTED, statisticsAt: RESTARTED.startedAt, ...END_OF_RUN, nextXid: '0:800' };
    expect(judged({ name: '', found })).toBe('committed');
  });

  it('compares moments as numbers and not as texts', () => {
    const found = { startedAt: '999.5', statisticsAt: '1000.75', ...END_OF_RUN, nextXid: '0:800' };
    expect(judged({ name: '', found })).toBe('committed');
  });

  it('is unknown where the id lies beyond an epoch that the checkpoint is below', () => {
    const mark = { id: String((1n << 32n) + 5n) };
    const crashed = { ...CRASHED, ...END_OF_RUN };
    expect(judged({ name: '', mark, found: { ...crashed, nextXid: '0:4294967295' } })).toBe('unknown');
    expect(judged({ name: '', mark, found: { ...crashed, nextXid: '1:5' } })).toBe('unknown');
    expect(judged({ name: '', mark, found: { ...crashed, nextXid: '1:6' } })).toBe('committed');
  });
});

describe('what is asked', () => {
  it('uses the names that the server knows: PostgreSQL 13 gave the functions others', () => {
    expect(currentTransactionId(120_022)).toContain('txid_current()');
    expect(currentTransactionId(130_000)).toContain('pg_current_xact_id()');
    expect(transactionStatus(120_022)).toContain('txid_status($1::bigint)');
    expect(transactionStatus(130_000)).toContain('pg_xact_status($1::text::xid8)');
  });

  it('knows the refusal of an id that was not given yet', () => {
    expect(isInTheFuture(Object.assign(new Error('transaction ID 9 is in the future'), { code: '22023' }))).toBe(true);
    expect(isInTheFuture(Object.assign(new Error('terminating connection'), { code: '57P01' }))).toBe(false);
    expect(isInTheFuture(new Error('Connection terminated unexpectedly'))).toBe(false);
  });
});
