import type { DataPlan } from './plan.js';

/** A translated statement, before its slots are counted. */
export type Written = Omit<DataPlan, 'slots' | 'fixedLiterals'>;
