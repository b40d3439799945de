import { describe, expect, it } from 'vitest';
import { type Evidence, judge, type Violation } from './judge.js';
import type { Answer, Entry, Rejection } from './ledger.js';

const done: Answer = { said: 'done' };

const rejected = (about: Partial<Rejection>): Answer => ({
  ...{ said: 'rejected', className: 'DatabaseError', message: 'broken', code: undefined, outcome: undefined, sqlState: undefined },
  ...{ retryAfterMs: undefined, ...about },
});

const lost = rejected({ className: 'TransactionLostError', outcome: 'rolled-back' });
const unknown = rejected({ className: 'OutcomeUnknownError', outcome: 'unknown' });
const unavailable = rejected({ className: 'DatabaseUnavailableError', outcome: 'not-sent', retryAfterMs: 1000 });

const entry = (about: Partial<Entry> = {}): Entry => ({
  ...{ id: '1-1', work: 'write', operation: 'create', effects: ['row 1-1.1'], denied: [], atomic: true, startedMs: 1000, endedMs: 1010 },
  ...{ callbacks: { begun: 0, done: 0, allowed: 1 }, answer: done, anomalies: [], ...about },
});

const transaction = (about: Partial<Entry> = {}): Entry =>
  entry({ work: 'transaction', operation: 'transaction', callbacks: { begun: 1, done: 1, allowed: 1 }, ...about });

const counts = (...effects: string[]): Map<string, number> => {
  const result = new Map<string, number>();
  for (const effect of effects) result.set(effect, (result.get(effect) ?? 0) + 1);
  return result;
};

const evidence = (about: Partial<Evidence> & { postgres?: string[]; sqlite?: string[] } = {}): Evidence => ({
  ...{ entries: [], hooks: new Map(), outages: [], foundCommittedAtMs: [], unhandled: [], leaks: [], maxWaitMs: 5000, hasFallback: false },
  contents: { postgres: counts(...(about.postgres ?? [])), sqlite: counts(...(about.sqlite ?? [])) },
  ...about,
});

/** What is blamed, e.g. `lost` twice. */
const blamed = (about: Parameters<typeof evidence>[0]): Violation[] =>
  Object.entries(judge(evidence(about)).violations).flatMap(([name, findings]) => findings.map(() => name as Violation));

describe('a call that was acknowledged', () => {
  it('is right when its effects are there once each', () => {
    const entries = [entry({ effects: ['row a', 'row b'] })];
    expect(blamed({ entries, postgres: ['row a', 'row b'] })).toEqual([]);
    expect(blamed({ entries, sqlite: ['row a', 'row b'] })).toEqual([]);
  });

  it('is lost when an effect is not there', () => {
    expect(blamed({ entries: [entry()] })).toEqual(['lost']);
  });

  it('is doubled when an effect is there twice, in one database or in both', () => {
    expect(blamed({ entries: [entry()], postgres: ['row 1-1.1', 'row 1-1.1'] })).toEqual(['doubled']);
    expect(blamed({ entries: [entry()], postgres: ['row 1-1.1'], sqlite: ['row 1-1.1'] })).toEqual(['doubled', 'spread']);
  });

  it('is torn and lost when a part of it is not there', () => {
    expect(blamed({ entries: [transaction({ effects: ['row a', 'row b'] })], postgres: ['row b'] }).sort()).toEqual(['lost', 'torn']);
  });

  it('may deny an effect, which must not be there then', () => {
    const entries = [entry({ effects: ['mark a'], denied: ['mark a'] })];
    expect(blamed({ entries })).toEqual([]);
    expect(blamed({ entries, postgres: ['mark a'] })).toEqual(['wrongVerdicts']);
  });
});

describe('a unit', () => {
  const unit = (about: Partial<Entry> = {}): Entry =>
    entry({ work: 'unit', operation: 'unit', atomic: false, effects: ['row a', 'row b'], ...about });

  it('is spread when one row is in PostgreSQL and the other in SQLite', () => {
    expect(blamed({ entries: [unit()], postgres: ['row a'], sqlite: ['row b'] })).toEqual(['spread']);
  });

  it('may be there in part when it was rejected, for each statement is answered by itself', () => {
    expect(blamed({ entries: [unit({ answer: unavailable })], postgres: ['row a'] })).toEqual([]);
    expect(
      blamed({ entries: [unit({ answer: rejected({ className: 'UnitLostError', outcome: 'unknown' }) })], postgres: ['row a'] }),
    ).toEqual([]);
  });

  it('is misjudged when it is said not to have been sent, and a row is there', () => {
    const answer = rejected({ className: 'UnitLostError', outcome: 'not-sent' });
    expect(blamed({ entries: [unit({ answer })], postgres: ['row a'] })).toEqual(['wrongVerdicts']);
    expect(blamed({ entries: [unit({ answer })] })).toEqual([]);
  });

  it('has statements that are judged one by one', () => {
    const statement = entry({ work: 'statement', effects: ['row a'], answer: unavailable });
    expect(blamed({ entries: [unit(), statement], postgres: ['row a', 'row b'] })).toEqual(['wrongVerdicts']);
  });
});

describe('a verdict', () => {
  it.each([
    ['rolled-back', lost],
    ['not-sent', unavailable],
  ])("'%s' is wrong when a row is there", (_, answer) => {
    expect(blamed({ entries: [transaction({ answer })], postgres: ['row 1-1.1'] })).toEqual(['wrongVerdicts']);
    expect(blamed({ entries: [transaction({ answer })], sqlite: ['row 1-1.1'] })).toEqual(['wrongVerdicts']);
    expect(blamed({ entries: [transaction({ answer })] })).toEqual([]);
  });

  it("'committed' is wrong when the row is not there", () => {
    const entries = [transaction({ answer: rejected({ className: 'TimeoutError', outcome: 'committed' }) })];
    expect(blamed({ entries })).toEqual(['lost']);
    expect(blamed({ entries, postgres: ['row 1-1.1'] })).toEqual([]);
  });

  it("'unknown' is right both ways, but not by halves and not twice", () => {
    const entries = [transaction({ answer: unknown, effects: ['row a', 'row b'] })];
    expect(blamed({ entries })).toEqual([]);
    expect(blamed({ entries, postgres: ['row a', 'row b'] })).toEqual([]);
    expect(blamed({ entries, postgres: ['row a'] })).toEqual(['torn']);
    expect(blamed({ entries, postgres: ['row a', 'row b', 'row b'] })).toEqual(['doubled']);
  });

  it('must be the one that belongs to its class', () => {
    expect(blamed({ entries: [entry({ answer: rejected({ className: 'OutcomeUnknownError', outcome: 'not-sent' }) })] })).toEqual([
      'wrongVerdicts',
    ]);
    expect(blamed({ entries: [entry({ answer: rejected({ className: 'TransactionLostError', outcome: 'unknown' }) })] })).toEqual([
      'wrongVerdicts',
    ]);
  });

  it('must be there, but where PostgreSQL itself refused and nothing was done', () => {
    expect(blamed({ entries: [entry({ answer: rejected({}) })] })).toEqual(['withoutOutcome']);
    expect(blamed({ entries: [entry({ work: 'statement', answer: rejected({ sqlState: '57P01' }) })] })).toEqual(['withoutOutcome']);
    expect(blamed({ entries: [entry({ answer: rejected({ sqlState: '25006' }) })] })).toEqual([]);
    expect(blamed({ entries: [entry({ answer: rejected({ sqlState: '25006' }) })], postgres: ['row 1-1.1'] })).toEqual(['wrongVerdicts']);
  });

  it("'not-sent' says when to try again", () => {
    const answer = rejected({ className: 'DatabaseUnavailableError', outcome: 'not-sent' });
    expect(blamed({ entries: [entry({ answer })] })).toEqual(['anomalies']);
  });
});

describe('a read that failed', () => {
  const read = (startedMs: number, endedMs: number): Entry =>
    entry({ work: 'read', operation: 'findAll', effects: [], startedMs, endedMs, answer: unavailable });

  it('is blamed with no outage in sight, and with one shorter than maxWait', () => {
    expect(blamed({ entries: [read(1000, 1010)] })).toEqual(['failedReads']);
    expect(blamed({ entries: [read(1000, 6000)], outages: [{ startedMs: 900, endedMs: 4000 }] })).toEqual(['failedReads']);
  });

  it('is blamed when the long outage was at another time', () => {
    const outages = [
      { startedMs: 0, endedMs: 9000 },
      { startedMs: 20_000, endedMs: 21_000 },
    ];
    expect(blamed({ entries: [read(20_000, 20_500)], outages })).toEqual(['failedReads']);
  });

  it('is excused by an outage longer than maxWait, and counted', () => {
    const { violations, excusedReads } = judge(evidence({ entries: [read(1000, 6000)], outages: [{ startedMs: 900, endedMs: 7000 }] }));
    expect(violations.failedReads).toEqual([]);
    expect(excusedReads).toEqual({ border: 0, long: 1 });
  });

  it('is counted apart where the outage was nearly as long as maxWait', () => {
    const { excusedReads } = judge(evidence({ entries: [read(1000, 6000)], outages: [{ startedMs: 900, endedMs: 5500 }] }));
    expect(excusedReads).toEqual({ border: 1, long: 0 });
  });

  it('is excused by nothing where there is a fallback', () => {
    expect(blamed({ entries: [read(1000, 6000)], outages: [{ startedMs: 900, endedMs: 9000 }], hasFallback: true })).toEqual([
      'failedReads',
    ]);
  });

  it('takes outages that follow each other closely for one', () => {
    const outages = [
      { startedMs: 0, endedMs: 3000 },
      { startedMs: 3500, endedMs: 6500 },
    ];
    expect(judge(evidence({ entries: [read(100, 5100)], outages })).excusedReads.long).toBe(1);
  });
});

describe('everything else', () => {
  it('blames hooks that ran twice for one write', () => {
    const hooks = new Map([
      ['beforeCreate 1-1.1', 1],
      ['afterCreate 1-1.1', 2],
    ]);
    expect(blamed({ hooks })).toEqual(['repeatedCode']);
  });

  it('blames a callback that ran more often than allowed', () => {
    const ran = (begun: number, allowed: number): Entry => transaction({ effects: [], callbacks: { begun, done: 1, allowed } });
    expect(blamed({ entries: [ran(2, 1)] })).toEqual(['repeatedCode']);
    expect(blamed({ entries: [ran(4, 4)] })).toEqual([]);
  });

  it('blames calls without an answer, which may have been done or not', () => {
    expect(blamed({ entries: [entry({ answer: { said: 'nothing' } })] })).toEqual(['unanswered']);
    expect(blamed({ entries: [entry({ answer: { said: 'nothing' } })], postgres: ['row 1-1.1'] })).toEqual(['unanswered']);
  });

  it('blames what calls saw to be wrong, rows from nowhere, unhandled rejections and leaks', () => {
    expect(blamed({ entries: [transaction({ effects: [], anomalies: ['sees 1 of 2 rows'] })] })).toEqual(['anomalies']);
    expect(blamed({ postgres: ['row 9-9'] })).toEqual(['anomalies']);
    expect(blamed({ unhandled: ['Error'], leaks: ['a socket'] })).toEqual(['unhandled', 'leaks']);
  });
});

describe('COMMITs in doubt', () => {
  it('are decided when they were found committed or rolled back, else undecided', () => {
    const entries = [
      transaction({ effects: [], answer: lost }),
      transaction({ effects: [], answer: unknown }),
      // The first COMMIT of these two callbacks was found rolled back, the second was answered.
      transaction({ effects: [], callbacks: { begun: 2, done: 2, allowed: 4 } }),
      // Lost before its COMMIT: never in doubt.
      transaction({ effects: [], answer: lost, callbacks: { begun: 1, done: 0, allowed: 1 } }),
    ];
    expect(judge(evidence({ entries, foundCommittedAtMs: [1200] })).inDoubt.short).toEqual({ decided: 3, undecided: 1 });
  });

  it('are undecided when the error after the COMMIT says nothing', () => {
    const { inDoubt, failedButThere } = judge(evidence({ entries: [transaction({ answer: rejected({}) })], postgres: ['row 1-1.1'] }));
    expect(inDoubt.short).toEqual({ decided: 0, undecided: 1 });
    expect(failedButThere).toEqual({ withoutOutcome: 1, unknown: 0 });
  });

  it('count apart when the outage was longer than maxWait', () => {
    const entries = [transaction({ effects: [], answer: unknown })];
    const { inDoubt } = judge(evidence({ entries, outages: [{ startedMs: 900, endedMs: 8000 }] }));
    expect(inDoubt).toEqual({ short: { decided: 0, undecided: 0 }, longer: { decided: 0, undecided: 1 } });
  });
});
