import { parseArgs } from 'node:util';

/**
 * Reads options like `--rounds 30` from the command line. Where the default is a number the value must be a whole one.
 *
 * @throws for an option that is not known, or a value that is not a whole number from 1
 */
export function readArguments<Defaults extends Record<string, string | number>>(defaults: Defaults): Defaults {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options });
  const given = Object.entries(values).map(([name, text]) => [name, valueOf(name, String(text), defaults[name])]);
  return { ...defaults, ...Object.fromEntries(given) } as Defaults;
}

function valueOf(name: string, text: string, byDefault: unknown): string | number {
  if (typeof byDefault === 'string') return text;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1, and is '${text}'.`);
  return value;
}
