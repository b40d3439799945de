export type { BothEnginesOptions } from './both-engines-options.js';
export type { EngineSite, OnEngine } from './engine-run.js';
export { type BothEngines, onBothEngines } from './on-both-engines.js';
export type {
  LostCommitMode,
  LostCommitOptions,
  OutageController,
  OutageTarget,
  RestoreOptions,
} from './outage-controller.js';
export { startOutageProxy } from './outage-proxy.js';
export type { EngineOutcome, ErrorFacts } from './outcome.js';
export { type StateName, waitFor, type WaitForOptions, type WatchedConnection } from './wait-for-state.js';
