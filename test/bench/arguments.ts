import { parseArgs } from 'node:util';
import type { Pace } from './rounds.js';

/**
 * Reads `--rounds` and `--slice` (milliseconds), and other options with whole numbers, from the command line.
 *
 * @throws for an option that is not known, or a value that is not a whole number from 1
 */
export function readNumbers<Name extends string>(defaults: Record<Name, number>): Record<Name, number> {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options });
  const numbers: Record<string, number> = { ...defaults };
  for (const [name, text] of Object.entries(values)) numbers[name] = wholeNumber(name, String(text));
  return numbers;
}

/** The pace that the command line asks for. */
export function readPace(): Pace {
  const { rounds, slice } = readNumbers({ rounds: 30, slice: 150 });
  return { rounds, sliceMs: slice };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1, and is '${text}'.`);
  return value;
}
