import type { CodePoints } from './code-points.js';

/** A regular expression that matches or does not: what it captures, and how greedily, does not matter. */
export type Regex =
  | { readonly kind: 'character'; readonly set: CodePoints }
  | { readonly kind: 'sequence'; readonly parts: readonly Regex[] }
  | { readonly kind: 'choice'; readonly options: readonly Regex[] }
  | { readonly kind: 'repeat'; readonly of: Regex; readonly least: number; readonly most: number }
  | { readonly kind: 'start' | 'end' };

/** Matches the empty text. */
export const EMPTY: Regex = { kind: 'sequence', parts: [] };

export function sequence(parts: readonly Regex[]): Regex {
  const [only, ...others] = parts;
  return only && others.length === 0 ? only : { kind: 'sequence', parts };
}

export function choice(options: readonly Regex[]): Regex {
  const [only, ...others] = options;
  return only && others.length === 0 ? only : { kind: 'choice', options };
}

/** What PostgreSQL says of a text that is no regular expression, as soon as it is to match. */
export class InvalidRegex extends Error {}

export interface ParsedRegex {
  readonly regex: Regex;
  /** Characters of which PostgreSQL's answer depends on the database's locale. */
  readonly unsure: CodePoints;
}
