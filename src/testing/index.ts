export type {
  LostCommitMode,
  LostCommitOptions,
  OutageController,
  OutageTarget,
  RestoreOptions,
} from './outage-controller.js';
export { startOutageProxy } from './outage-proxy.js';
export { type StateName, waitFor, type WaitForOptions, type WatchedConnection } from './wait-for-state.js';
