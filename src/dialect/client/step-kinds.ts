import type { SessionStatement } from '../sql/ast.js';
import type { Block } from './block.js';
import type { PlannedText, Step } from './text-planner.js';

/** What begins, divides and ends transactions. */
export type Control = Extract<SessionStatement, { kind: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback to' }>;
const CONTROLS: ReadonlySet<string> = new Set(['begin', 'commit', 'rollback', 'savepoint', 'release', 'rollback to']);

export type Setting = Exclude<SessionStatement, Control>;
const SETTINGS: ReadonlySet<string> = new Set(['set', 'set transaction', 'set constraints', 'show', 'config']);

export const isControl = (step: Step): step is Control => CONTROLS.has(step.kind);

export const isSetting = (step: Step): step is Setting => SETTINGS.has(step.kind);

const NO_DEFINITION: ReadonlySet<string> = new Set([...CONTROLS, ...SETTINGS, 'planned', 'answered', 'pending', 'foreign']);

/** Whether it is several statements to SQLite, and so needs a transaction of its own: a definition, or DO. */
export const isDefinition = (step: Step): boolean => !NO_DEFINITION.has(step.kind);

/** Whether a text that failed has done nothing, or nothing but what is rolled back with it. */
export const leavesNothing = (text: PlannedText | undefined, block: Block | undefined): boolean =>
  text === undefined || (text.steps.length === 1 && text.steps[0]?.kind !== 'do') || (block === undefined && !text.steps.some(isControl));
