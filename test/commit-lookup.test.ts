import { describe, expect, it } from 'vitest';
import type { TransactionLookup, TransactionMark } from '../src/databases/transaction-mark.js';
import { CommitLookup } from '../src/failover/commit-lookup.js';
import { Probe } from '../src/health/probe.js';
import { systemClock } from '../src/clock.js';
import { FakeClock, settled } from './support/fake-clock.js';
import { leakGuard } from './support/leak-guard.js';
import { startMuteServer } from './support/mute-server.js';

leakGuard();

const FACTS = { version: 170_010, startedAt: '1000.5', statisticsAt: '1000.25', system: '7001', timeline: '00000001' };

let lastId = 750;
/** A mark of a transaction of its own. */
const mark = (): TransactionMark => ({ id: String((lastId += 1)), startedAt: FACTS.startedAt, facts: FACTS });

const found = (status: TransactionLookup['status']): TransactionLookup => ({
  ...FACTS,
  checkpoint: '0/2000',
  redo: '0/1F00',
  nextXid: '0:760',
  status,
});

type Answer = (marks: readonly TransactionMark[]) => Promise<TransactionLookup[]>;

const never: Answer = () => new Promise(() => undefined);
const away: Answer = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
/** Says this of each transaction in turn, the last of it of all others. */
const says =
  (...statuses: TransactionLookup['status'][]): Answer =>
  (marks) =>
    Promise.resolve(marks.map((_, at) => found(statuses[Math.min(at, statuses.length - 1)] ?? null)));

interface Question {
  readonly atMs: number;
  readonly deadlineMs: number;
  /** The transactions that it asks for. */
  readonly ids: readonly string[];
}

/** A lookup whose server answers in this order, the last answer for good. */
function lookupOf(...answers: readonly [Answer, ...Answer[]]) {
  const clock = new FakeClock();
  const asked: Question[] = [];
  let drops = 0;
  const lookup = new CommitLookup({
    clock,
    maxWaitMs: 5000,
    ask: (marks, deadlineMs) => {
      const round = asked.push({ atMs: clock.elapsedMs, deadlineMs, ids: marks.map(({ id }) => id) });
      return (answers[round - 1] ?? answers.at(-1) ?? away)(marks);
    },
    drop: () => void (drops += 1),
  });
  return { clock, asked, lookup, drops: () => drops };
}

/** What a promise has resolved to by now. */
function answerOf<T>(work: Promise<T>): { readonly value: T | undefined } {
  const answer: { value: T | undefined } = { value: undefined };
  void work.then((value) => {
    answer.value = value;
  });
  return answer;
}

describe('a lookup', () => {
  it.each([
    ['committed', 'committed'],
    ['aborted', 'rolled-back'],
    ['in the future', 'rolled-back'],
    [null, 'unknown'],
  ] as const)('takes the first answer that says something: %s is %s', async (status, outcome) => {
    const { lookup, asked, clock } = lookupOf(says(status));
    expect(await lookup.outcomeOf(mark())).toBe(outcome);
    expect(asked).toHaveLength(1);
    expect(clock.holdingTimersMs).toEqual([]);
  });

  it('asks again every 100 ms while the server is away or still at it, a second at most each time', async () => {
    const { lookup, asked, clock } = lookupOf(away, says('in progress'), away, says('committed'));
    const outcome = answerOf(lookup.outcomeOf(mark()));
    await clock.advance(299);
    expect(outcome.value).toBeUndefined();
    await clock.advance(1);
    expect(outcome.value).toBe('committed');
    expect(asked.map(({ atMs, deadlineMs }) => [atMs, deadlineMs])).toEqual([0, 100, 200, 300].map((atMs) => [atMs, 1000]));
    await clock.advance(5000);
    expect(asked).toHaveLength(4);
    expect(clock.timersMs).toEqual([]);
  });

  it.each([
    ['away', away],
    ['still at it', says('in progress')],
    ['silent for ever', never],
  ])('is unknown after maxWait where the server is %s, and asks no more', async (_, answer) => {
    const { lookup, asked, clock } = lookupOf(answer);
    const outcome = answerOf(lookup.outcomeOf(mark()));
    await clock.advance(4999);
    expect(outcome.value).toBeUndefined();
    await clock.advance(1);
    expect(outcome.value).toBe('unknown');
    const before = asked.length;
    await clock.advance(5000);
    expect(asked).toHaveLength(before);
  });

  it.each([
    ['while it asks', never],
    ['between two questions', away],
  ])('holds the process %s: somebody waits for its answer', async (_, answer) => {
    const { lookup, clock } = lookupOf(answer);
    void lookup.outcomeOf(mark());
    await settled();
    expect(clock.holdingTimersMs).toEqual([5000]);
    await clock.advance(5100);
    expect(clock.holdingTimersMs).toEqual([]);
  });
});

describe('several lookups', () => {
  it('are asked together from the next question on, and each gets its own answer', async () => {
    const { lookup, asked, clock } = lookupOf(away, says('committed', 'in progress', 'aborted'), says('committed'));
    const marks = [mark(), mark(), mark()];
    const outcomes = marks.map((each) => answerOf(lookup.outcomeOf(each)));
    const ids = marks.map(({ id }) => id);
    await clock.advance(100);
    expect(asked.map((question) => question.ids)).toEqual([ids.slice(0, 1), ids]);
    expect(outcomes.map(({ value }) => value)).toEqual(['committed', undefined, 'rolled-back']);
    await clock.advance(100);
    expect(asked[2]?.ids).toEqual(ids.slice(1, 2));
    expect(outcomes[1]?.value).toBe('committed');
  });

  it('wait for maxWait each, from their own begin', async () => {
    const { lookup, clock } = lookupOf(away);
    const first = answerOf(lookup.outcomeOf(mark()));
    await clock.advance(3000);
    const second = answerOf(lookup.outcomeOf(mark()));
    await clock.advance(2000);
    expect([first.value, second.value]).toEqual(['unknown', undefined]);
    await clock.advance(3000);
    expect(second.value).toBe('unknown');
  });

  it('may begin in the pause after the last one before is done', async () => {
    const { lookup, clock } = lookupOf(away, says('committed'));
    const first = answerOf(lookup.outcomeOf(mark()));
    await clock.advance(50);
    void lookup.outcomeOf(mark());
    await clock.advance(50);
    expect(first.value).toBe('committed');
    const later = answerOf(lookup.outcomeOf(mark()));
    await clock.advance(100);
    expect(later.value).toBe('committed');
  });
});

describe('the connection of the lookups', () => {
  it('is ended when the last one has its answer, and not before', async () => {
    const { lookup, clock, drops } = lookupOf(away, says('committed', 'in progress'), says('aborted'));
    const outcomes = [answerOf(lookup.outcomeOf(mark())), answerOf(lookup.outcomeOf(mark()))];
    await clock.advance(100);
    expect([outcomes[0]?.value, drops()]).toEqual(['committed', 0]);
    await clock.advance(100);
    expect([outcomes[1]?.value, drops()]).toEqual(['rolled-back', 1]);
  });
});

describe('idle()', () => {
  it('resolves at once where nothing is being looked up', async () => {
    await lookupOf(away).lookup.idle();
  });

  it('resolves for everybody when the last lookup is done', async () => {
    const { lookup, clock } = lookupOf(away, says('committed', 'in progress'), says('committed'));
    void lookup.outcomeOf(mark());
    void lookup.outcomeOf(mark());
    const idle = [answerOf(lookup.idle().then(() => true)), answerOf(lookup.idle().then(() => true))];
    await clock.advance(100);
    expect(idle.map(({ value }) => value)).toEqual([undefined, undefined]);
    await clock.advance(100);
    expect(idle.map(({ value }) => value)).toEqual([true, true]);
  });
});

describe('stop()', () => {
  it.each([
    ['between two questions', away],
    ['within one', never],
  ])('answers everybody at once, and drops the connection: %s', async (_, answer) => {
    const { lookup, clock, asked, drops } = lookupOf(answer);
    const outcomes = [answerOf(lookup.outcomeOf(mark())), answerOf(lookup.outcomeOf(mark()))];
    const idle = answerOf(lookup.idle().then(() => true));
    await clock.advance(50);
    lookup.stop();
    await settled();
    expect(outcomes.map(({ value }) => value)).toEqual(['unknown', 'unknown']);
    expect([idle.value, drops()]).toEqual([true, 1]);
    expect(clock.holdingTimersMs).toEqual([]);
    const before = asked.length;
    await clock.advance(5000);
    expect(asked).toHaveLength(before);
  });

  it('is for good', async () => {
    const { lookup, asked } = lookupOf(says('committed'));
    lookup.stop();
    expect(await lookup.outcomeOf(mark())).toBe('unknown');
    expect(asked).toEqual([]);
  });
});

describe('a server that accepts connections and says nothing', () => {
  const askedOn = async (use: (lookup: CommitLookup) => Promise<void>): Promise<void> => {
    const server = await startMuteServer();
    const target = {
      host: server.host,
      port: server.port,
      user: 'u',
      password: 'p',
      database: 'd',
      ssl: undefined,
      applicationName: 'probe',
    };
    const probe = new Probe(target, systemClock);
    const lookup = new CommitLookup({
      clock: systemClock,
      maxWaitMs: 400,
      ask: (marks, deadlineMs) => probe.transactions(marks, deadlineMs),
      drop: () => probe.drop(),
    });
    try {
      await use(lookup);
    } finally {
      probe.drop();
      await server.close();
    }
  };

  it('leaves the outcome unknown after maxWait: the deadline of each question is kept', async () => {
    await askedOn(async (lookup) => {
      const startedAt = performance.now();
      expect(await lookup.outcomeOf(mark())).toBe('unknown');
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(395);
      expect(performance.now() - startedAt).toBeLessThan(5000);
    });
  });

  it('does not hold up stop()', async () => {
    await askedOn(async (lookup) => {
      const outcome = lookup.outcomeOf(mark());
      lookup.stop();
      expect(await outcome).toBe('unknown');
    });
  });
});
