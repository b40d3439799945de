import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeEach, describe, expect, it } from 'vitest';
import { Events, type ResilientEvents } from '../src/events.js';
import { settled } from './support/fake-clock.js';

type Connected = ResilientEvents['connected'];

const first: Connected = { dialect: 'postgres', fallback: false, epoch: 1 };
const second: Connected = { dialect: 'sqlite', fallback: true, epoch: 2 };

let events: Events;
let heard: string[];
let threw: string[];

beforeEach(() => {
  heard = [];
  threw = [];
  events = new Events(
    (event, error) => threw.push(`${event}: ${String(error)}`),
    (call) => call(),
    { serviceName: 'shop', apart: (call) => call() },
  );
});

const listener =
  (name: string) =>
  ({ epoch }: Connected): void =>
    void heard.push(`${name} ${epoch}`);

describe('a listener', () => {
  it('hears each event with its payload, in the order of subscription', () => {
    events.on('connected', listener('a'));
    events.on('connected', listener('b'));
    events.emit('connected', first);
    events.emit('connected', second);
    expect(heard).toEqual(['a 1', 'b 1', 'a 2', 'b 2']);
  });

  it('hears nothing of other events', () => {
    events.on('connected', listener('a'));
    events.emit('closed', {});
    expect(heard).toEqual([]);
  });

  it('that was added once hears one event', () => {
    events.on('connected', listener('a'), { once: true });
    events.emit('connected', first);
    events.emit('connected', second);
    expect(heard).toEqual(['a 1']);
  });

  it('that was added once hears one event also where it causes another one', () => {
    const again = (payload: Connected): void => {
      heard.push(`again ${payload.epoch}`);
      events.emit('connected', second);
    };
    events.on('connected', again, { once: true });
    events.emit('connected', first);
    expect(heard).toEqual(['again 1']);
  });

  it('that was removed hears nothing more, however often it was added', () => {
    const a = listener('a');
    events.on('connected', a);
    events.on('connected', a);
    events.on('connected', listener('b'));
    events.emit('connected', first);
    events.off('connected', a);
    events.emit('connected', second);
    expect(heard).toEqual(['a 1', 'a 1', 'b 1', 'b 2']);
  });

  it('that was added once can be removed before', () => {
    const a = listener('a');
    events.on('connected', a, { once: true });
    events.off('connected', a);
    events.emit('connected', first);
    expect(heard).toEqual([]);
  });

  it('goes on hearing where the same function was added once as well', () => {
    const a = listener('a');
    events.on('connected', a);
    events.on('connected', a, { once: true });
    events.emit('connected', first);
    events.emit('connected', second);
    expect(heard).toEqual(['a 1', 'a 1', 'a 2']);
  });

  it('that was never added can be removed', () => {
    expect(() => events.off('connected', listener('a'))).not.toThrow();
  });

  it('can be added again after it was removed', () => {
    const a = listener('a');
    events.on('connected', a);
    events.off('connected', a);
    events.on('connected', a);
    events.emit('connected', first);
    expect(heard).toEqual(['a 1']);
  });

  it('that removes another one which comes after it leaves this event to both', () => {
    const b = listener('b');
    events.on('connected', () => events.off('connected', b));
    events.on('connected', b);
    events.emit('connected', first);
    events.emit('connected', second);
    expect(heard).toEqual(['b 1']);
  });
});

describe('all listeners', () => {
  it('of one event can be removed together', () => {
    events.on('connected', listener('a'));
    events.on('connected', listener('b'));
    events.on('closed', () => heard.push('closed'));
    events.off('connected');
    events.emit('connected', first);
    events.emit('closed', {});
    expect(heard).toEqual(['closed']);
  });

  it('of all events can be removed together', () => {
    events.on('connected', listener('a'));
    events.on('closed', () => heard.push('closed'));
    events.removeAll();
    events.emit('connected', first);
    events.emit('closed', {});
    expect(heard).toEqual([]);
  });
});

describe('a replay', () => {
  it('comes in a microtask, not before on() has returned', async () => {
    events.on('connected', listener('a'), { replay: first });
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual(['a 1']);
  });

  it('comes to the new listener only', async () => {
    events.on('connected', listener('old'));
    events.on('connected', listener('new'), { replay: first });
    await settled();
    expect(heard).toEqual(['new 1']);
  });

  it('is followed by the events', async () => {
    events.on('connected', listener('a'), { replay: first });
    await settled();
    events.emit('connected', second);
    expect(heard).toEqual(['a 1', 'a 2']);
  });

  it('is all that a listener added once hears', async () => {
    events.on('connected', listener('a'), { once: true, replay: first });
    await settled();
    events.emit('connected', second);
    expect(heard).toEqual(['a 1']);
  });

  it('does not come to a listener added once that heard an event before', async () => {
    events.on('connected', listener('a'), { once: true, replay: first });
    events.emit('connected', second);
    await settled();
    expect(heard).toEqual(['a 2']);
  });

  it('does not come late to a listener that heard a newer event before', async () => {
    events.on('connected', listener('a'), { replay: first });
    events.emit('connected', second);
    await settled();
    expect(heard).toEqual(['a 2']);
  });

  it.each([
    ['off with it', (a: (payload: Connected) => void) => events.off('connected', a)],
    ['off of the event', () => events.off('connected')],
    ['removeAll', () => events.removeAll()],
  ])('does not come after %s', async (_name, remove) => {
    const a = listener('a');
    events.on('connected', a, { replay: first });
    remove(a);
    await settled();
    expect(heard).toEqual([]);
  });

  it('to a listener that throws is reported', async () => {
    const throwing = (): void => {
      throw new Error('mine');
    };
    events.on('connected', throwing, { replay: first });
    await settled();
    expect(threw).toEqual(['connected: Error: mine']);
  });
});

describe('a listener that fails', () => {
  it('is reported, and the others are called', () => {
    events.on('connected', () => {
      throw new Error('mine');
    });
    events.on('connected', listener('b'));
    expect(() => events.emit('connected', first)).not.toThrow();
    expect(heard).toEqual(['b 1']);
    expect(threw).toEqual(['connected: Error: mine']);
  });

  it('is caught also where it is asynchronous', async () => {
    // A rejection that nobody catches makes vitest fail.
    const rejecting = (): unknown => Promise.reject(new Error('later'));
    events.on('connected', rejecting);
    events.on('connected', listener('b'));
    events.emit('connected', first);
    await settled();
    expect(heard).toEqual(['b 1']);
    expect(threw).toEqual(['connected: Error: later']);
  });
});

describe('node:diagnostics_channel', () => {
  it('receives the same facts and whose they are, before the listeners', () => {
    const received: unknown[] = [];
    const subscriber = (message: unknown, name: string | symbol): void => {
      heard.push(`channel ${String(name)}`);
      received.push(message);
    };
    subscribe('sequelize-resilient:connected', subscriber);
    try {
      events.on('connected', listener('a'));
      events.emit('connected', first);
    } finally {
      unsubscribe('sequelize-resilient:connected', subscriber);
    }
    expect(received).toEqual([{ ...first, serviceName: 'shop' }]);
    expect(heard).toEqual(['channel sequelize-resilient:connected', 'a 1']);
  });

  it('does not receive replays', async () => {
    const received: unknown[] = [];
    const subscriber = (message: unknown): void => void received.push(message);
    subscribe('sequelize-resilient:connected', subscriber);
    try {
      events.on('connected', listener('a'), { replay: first });
      await settled();
    } finally {
      unsubscribe('sequelize-resilient:connected', subscriber);
    }
    expect(received).toEqual([]);
  });
});

describe('the unit of work that causes an event', () => {
  it('is left while listeners run', () => {
    let inside = true;
    const outside = (call: () => void): void => {
      inside = false;
      call();
      inside = true;
    };
    const guarded = new Events(() => undefined, outside);
    guarded.on('closed', () => heard.push(inside ? 'inside' : 'outside'));
    guarded.emit('closed', {});
    expect(heard).toEqual(['outside']);
  });
});
