import { constants } from 'node:os';

/** It was tried and failed, or what was looked at is not as it should be. */
export const EXIT_FAILED = 1;
/** The command line or the configuration can't be used; nothing was done. */
export const EXIT_WRONG_USE = 2;

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** As a shell would tell that a signal ended the process: 130 for SIGINT, 143 for SIGTERM. */
export const exitCodeOf = (signal: StopSignal): number => 128 + constants.signals[signal];
