import { waitFor } from '../support/wait-for.js';
import { attended, type Shop } from './shop.js';
import type { Wire } from './wire.js';

/** Runs a function as one unit, and counts how often. */
export function unitOf<T>(shop: Shop, fn: () => Promise<T>) {
  const unit = { runs: 0, done: Promise.resolve() as Promise<unknown> as Promise<T> };
  unit.done = attended(
    shop.connection.unit(async () => {
      unit.runs += 1;
      return await fn();
    }),
  );
  return unit;
}

/** Takes PostgreSQL away and resolves when the service has noticed. */
export async function lose(shop: Shop, wire: Wire, fallback: boolean): Promise<void> {
  await wire.refuse();
  await noticed(shop, fallback);
}

/** Resolves when the service knows that PostgreSQL is away, and has made its fallback ready where it has one. */
export const noticed = ({ connection }: Shop, fallback: boolean) =>
  waitFor(() => connection.getStatus().state === (fallback ? 'fallback' : 'unavailable'), { what: 'the loss to be noticed' });
