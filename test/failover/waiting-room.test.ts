import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseInstance } from '../../src/databases/database.js';
import { WaitingRoom } from '../../src/failover/waiting-room.js';
import { FakeClock, settled } from '../support/fake-clock.js';

/** The room only hands it on. */
const instance = { role: 'primary' } as DatabaseInstance;
const tooLate = () => new Error('too late');

describe('a waiting room', () => {
  let clock: FakeClock;
  let room: WaitingRoom;
  let order: string[];

  beforeEach(() => {
    clock = new FakeClock();
    room = new WaitingRoom(clock);
    order = [];
  });

  afterEach(() => {
    expect(room.size).toBe(0);
    expect(clock.timersMs).toEqual([]);
  });

  /** Waits, and notes in `order` what becomes of it and when. */
  function enter(name: string, maxWaitMs?: number): void {
    room.wait(maxWaitMs, tooLate).then(
      (given) => order.push(`${name}: ${given.role} at ${clock.elapsedMs}`),
      (error: unknown) => order.push(`${name}: ${(error as Error).message} at ${clock.elapsedMs}`),
    );
  }

  it('lets everyone in at once, in the order they came', async () => {
    for (const name of ['first', 'second', 'third']) enter(name, 5_000);
    expect(room.size).toBe(3);
    room.admit(instance);
    expect(room.size).toBe(0);
    await settled();
    expect(order).toEqual(['first: primary at 0', 'second: primary at 0', 'third: primary at 0']);
  });

  it('turns everyone away in the order they came, each with an error of his own', async () => {
    let made = 0;
    for (const name of ['first', 'second']) enter(name);
    room.refuse(() => new Error(`refused ${++made}`));
    await settled();
    expect(order).toEqual(['first: refused 1 at 0', 'second: refused 2 at 0']);
  });

  it('turns each caller away when his own time is over', async () => {
    enter('patient', 5_000);
    await clock.advance(1_000);
    enter('hasty', 500);
    await clock.advance(499);
    expect(order).toEqual([]);
    await clock.advance(10_000);
    expect(order).toEqual(['hasty: too late at 1500', 'patient: too late at 5000']);
  });

  it('makes the error of a caller who waited too long only then', async () => {
    let made = 0;
    const late = room.wait(10, () => new Error(`made ${++made}`));
    expect(made).toBe(0);
    const rejected = expect(late).rejects.toThrow('made 1');
    await clock.advance(10);
    await rejected;
  });

  it('lets a caller without a limit wait for as long as it takes', async () => {
    enter('patient');
    expect(clock.timersMs).toEqual([]);
    await clock.advance(86_400_000);
    expect(order).toEqual([]);
    room.admit(instance);
    await settled();
    expect(order).toEqual(['patient: primary at 86400000']);
  });

  it('holds the process while a caller waits for an answer', () => {
    enter('waiting', 5_000);
    expect(clock.holdingTimersMs).toEqual([5_000]);
    room.admit(instance);
  });

  it('keeps who comes after the others were let in', async () => {
    enter('early', 5_000);
    room.admit(instance);
    enter('late', 5_000);
    await settled();
    expect(order).toEqual(['early: primary at 0']);
    expect(room.size).toBe(1);
    room.refuse(tooLate);
  });

  it('answers each caller once', async () => {
    enter('caller', 5_000);
    room.admit(instance);
    room.admit(instance);
    room.refuse(tooLate);
    await clock.advance(5_000);
    expect(order).toEqual(['caller: primary at 0']);
  });
});
