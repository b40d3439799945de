export { type EngineOutcome as Outcome, outcomeOf } from '../../src/testing/outcome.js';
