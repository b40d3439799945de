import { describe, expect, it } from 'vitest';
import { firstFit } from '../../src/health/first-fit.js';
import { FakeClock, settled } from '../support/fake-clock.js';

const PATIENCE_MS = 500;

interface Answer {
  readonly name: string;
  readonly fit: boolean;
}

/** Three questions that are answered one by one. */
function ask() {
  const clock = new FakeClock();
  const names = ['first', 'second', 'third'] as const;
  const answers = new Map<string, (answer: Answer) => void>();
  const asked = names.map((name) => new Promise<Answer>((resolve) => answers.set(name, resolve)));
  let chosen: string | undefined = 'not decided';
  void firstFit(asked, PATIENCE_MS, clock, { holdsProcess: false }).then((answer) => (chosen = answer?.name));
  const answer = async (name: (typeof names)[number], fit: boolean): Promise<void> => {
    answers.get(name)?.({ name, fit });
    await settled();
  };
  return { clock, answer, chosen: () => chosen };
}

describe('the first fit answer', () => {
  it('is taken at once from the first of the list', async () => {
    const { answer, chosen, clock } = ask();
    await answer('first', true);
    expect(chosen()).toBe('first');
    expect(clock.timersMs).toEqual([]);
  });

  it('is taken at once where all before it are unfit', async () => {
    const { answer, chosen, clock } = ask();
    await answer('second', true);
    expect(chosen()).toBe('not decided');
    await answer('first', false);
    expect(chosen()).toBe('second');
    expect(clock.timersMs).toEqual([]);
  });

  it('goes to an earlier one that is not much later', async () => {
    const { answer, chosen, clock } = ask();
    await answer('third', true);
    await clock.advance(PATIENCE_MS - 1);
    await answer('first', true);
    expect(chosen()).toBe('first');
  });

  it('does not wait longer than the patience, and keeps the order among those that answered', async () => {
    const { answer, chosen, clock } = ask();
    await answer('third', true);
    await clock.advance(PATIENCE_MS - 1);
    await answer('second', true);
    expect(chosen()).toBe('not decided');
    await clock.advance(1);
    expect(chosen()).toBe('second');
    await answer('first', true);
    expect(chosen()).toBe('second');
    expect(clock.timersMs).toEqual([]);
  });

  it('is none where all are unfit', async () => {
    const { answer, chosen } = ask();
    await answer('second', false);
    await answer('third', false);
    expect(chosen()).toBe('not decided');
    await answer('first', false);
    expect(chosen()).toBeUndefined();
  });
});
