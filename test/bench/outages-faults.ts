import type { PostgresServer } from '../support/postgres-server.js';
import type { OutageSide } from './outages-sides.js';

/** Something that happens to all sides at the same moment. */
export interface Fault {
  readonly title: string;
  /** How long it is left, in milliseconds. */
  readonly lengthMs: number;
  readonly strike: (server: PostgresServer, sides: readonly OutageSide[]) => Promise<unknown>;
  /** Undefined where nothing is left to repair. */
  readonly repair?: (server: PostgresServer, sides: readonly OutageSide[]) => Promise<unknown>;
}

const onEachWire = (sides: readonly OutageSide[], act: (wire: OutageSide['wire']) => Promise<void>): Promise<unknown> =>
  Promise.all(sides.map(({ wire }) => act(wire)));

export const FAULTS: readonly Fault[] = [
  {
    ...{ title: 'connections refused, 3 s', lengthMs: 3_000 },
    strike: (_, sides) => onEachWire(sides, (wire) => wire.refuse()),
    repair: (_, sides) => onEachWire(sides, (wire) => wire.restore()),
  },
  {
    ...{ title: '`kill -9`, started after 3 s', lengthMs: 3_000 },
    strike: (server) => server.kill(),
    repair: (server) => server.start(),
  },
  {
    ...{ title: 'server frozen, 6 s', lengthMs: 6_000 },
    strike: (server) => server.freeze(),
    repair: (server) => server.thaw(),
  },
  {
    ...{ title: 'black hole, 6 s', lengthMs: 6_000 },
    strike: (_, sides) => onEachWire(sides, (wire) => wire.blackhole()),
    // As where a network heals: what was under way arrives after all.
    repair: (_, sides) => onEachWire(sides, (wire) => wire.restore({ keepSockets: true })),
  },
  {
    ...{ title: 'every backend terminated', lengthMs: 2_000 },
    strike: (server, sides) =>
      server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY ($1)', [
        sides.map(({ database }) => database),
      ]),
  },
];
