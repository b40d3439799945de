import { freePort } from '../../src/testing/free-port.js';

export { freePort };

/** A port that refuses connections. */
export const closedPort = (): Promise<number> => freePort();
