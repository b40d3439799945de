/** The proxy that users get, by the names that the tests of this library know. */
export { type OutageController as FaultProxy, startOutageProxy as startProxy } from '../../src/testing/index.js';
