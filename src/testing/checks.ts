const LONGEST_SHOWN = 80;

/** Refuses an argument by its name, the rule and what was received; a string that may hold a password is not shown. */
export function refuse(name: string, rule: string, value: unknown): never {
  throw new TypeError(`${name}: ${rule}; received ${shown(value)}`);
}

/** What a message says about a value. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined || value === null) return String(value);
  if (typeof value !== 'string') return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
  if (/:\/\/|@/.test(value)) return 'a string that is not shown, because it may hold a password';
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}

export function wholeNumber(name: string, value: unknown, { min, max }: { min: number; max: number }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  return refuse(name, `must be a whole number from ${min} to ${max}`, value);
}

export function oneOf<const Choice extends string>(name: string, value: unknown, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === value);
  return choice ?? refuse(name, `must be one of ${choices.map((candidate) => `'${candidate}'`).join(', ')}`, value);
}

/** An object with no other properties than the known ones: a misspelt option must not be ignored. */
export function optionsOf<const Key extends string>(name: string, value: unknown, known: readonly Key[]): Partial<Record<Key, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(name, `must be an object with ${known.join(', ')}`, value);
  }
  const unknown = Object.keys(value).find((key) => !known.some((other) => other === key));
  return unknown === undefined ? value : refuse(name, `must have no other options than ${known.join(', ')}`, unknown);
}
