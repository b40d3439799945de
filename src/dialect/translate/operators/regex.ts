import { UnsupportedOnFallbackError } from '../../../errors.js';
import { PgError } from '../../pg-error.js';
import type { Parameter } from '../../sql/ast.js';
import { noOperator, typeName } from '../operate.js';
import { bindText } from '../own-slot.js';
import { raiseAboutSql, raiseSql } from '../raise.js';
import { repeated } from '../repeated.js';
import { BOOL } from '../same-type.js';
import type { OperatorRule, Translation, Typed } from '../typed.js';
import { isString, isWithoutCase, not, stringSql } from './like.js';
import { type TextTest, testOfRegex } from '../patterns/regex-pattern.js';
import { regexOfSimilar } from '../patterns/similar-pattern.js';

/** Longer operands are not written again for each pattern. */
const LONGEST_NAMED = 300;

const INVALID = 'invalid regular expression: ';

interface RegexOptions {
  readonly ignoreCase: boolean;
  /** Makes a regular expression of what is written. */
  readonly regexOf: (pattern: string) => string;
}

/** `~`, `~*` and their opposites. */
export function regexRule(ignoreCase: boolean, isNegated: boolean): OperatorRule {
  return (left, right, context) => {
    if (!isString(left) || !isString(right)) return undefined;
    const found = regex(left, right, { ignoreCase: ignoreCase || isWithoutCase(left, right), regexOf: (pattern) => pattern }, context);
    return isNegated ? not(found) : found;
  };
}

/** `x [NOT] SIMILAR TO y`, which is `x ~ similar_to_escape(y)`. @throws PgError 42883 */
export function similarTo(left: Typed, right: Typed, escape: string, isNegated: boolean, context: Translation): Typed {
  if (!isString(right)) throw noFunction(right);
  if (!isString(left)) throw noOperator(`${typeName(left)} ${isNegated ? '!~' : '~'} text`);
  const options = { ignoreCase: left.type.key === 'citext', regexOf: (pattern: string) => regexOfSimilar(pattern, escape) };
  const found = regex(left, right, options, context);
  return isNegated ? not(found) : found;
}

function noFunction(pattern: Typed): PgError {
  return new PgError('42883', `function pg_catalog.similar_to_escape(${typeName(pattern)}) does not exist`, {
    hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
  });
}

function regex(left: Typed, right: Typed, { ignoreCase, regexOf }: RegexOptions, context: Translation): Typed {
  const given = stringSql(left, context);
  if (right.pending === 'null') return { sql: 'NULL', type: BOOL };
  const text = ignoreCase ? `lower(${given})` : given;
  const testOf = (pattern: string) => testOfRegex(regexOf(pattern), ignoreCase);
  return { sql: matchSql(text, right.pending, testOf, context), type: BOOL };
}

function matchSql(text: string, pattern: Typed['pending'], testOf: (pattern: string) => TextTest, context: Translation): string {
  if (typeof pattern !== 'object') {
    throw new UnsupportedOnFallbackError('A regular expression that is calculated', 'Give the pattern as a literal or a parameter.');
  }
  return pattern.kind === 'literal'
    ? knownMatch(text, testOf(context.valueOf(pattern)), context)
    : givenMatch(text, pattern, testOf, context);
}

function knownMatch(text: string, { any, none, unsure, tail, error }: TextTest, context: Translation): string {
  if (error !== undefined) return `(CASE WHEN ${text} IS NOT NULL THEN ${raiseSql('2201B', INVALID + error)} END)`;
  const head = tail ? `rtrim(${text}, ${context.constant(tail.characters)})` : text;
  return onceIfLong([text, head], (whole = '', part = '') => {
    const some = any.map((glob) => `${part} GLOB ${context.constant(glob)}`);
    const matched = [
      some.length === 0 ? `(${part} IS NULL AND NULL)` : `(${some.join(' OR ')})`,
      ...none.map((glob) => `${part} NOT GLOB ${context.constant(glob)}`),
      ...(tail ? [`length(${whole}) - length(${part}) >= ${tail.least}`] : []),
    ].join(' AND ');
    return unsure === undefined ? `(${matched})` : whereSure(whole, context.constant(unsure), matched);
  });
}

/** A column is named as often as there are patterns: a CHECK can have no subquery. */
function onceIfLong(operands: readonly string[], build: (...names: readonly string[]) => string): string {
  return operands.join('').length > LONGEST_NAMED ? repeated(operands, build) : `(${build(...operands)})`;
}

/** The same with a parameter, whose patterns come as JSON. */
function givenMatch(text: string, pattern: Parameter, testOf: (pattern: string) => TextTest, context: Translation): string {
  const test = bindText(pattern, (given) => JSON.stringify(testOf(given)), context);
  const field = (path: string) => `json_extract(${test}, '$.${path}')`;
  const globs = (part: string, list: keyof TextTest) =>
    `EXISTS (SELECT 1 FROM json_each(${test}, '$.${list}') AS g WHERE ${part} GLOB g.value)`;
  return repeated([text, `rtrim(${text}, coalesce(${field('tail.characters')}, ''))`], (whole = '', part = '') => {
    const matched = `${globs(part, 'any')} AND NOT ${globs(part, 'none')} AND length(${whole}) - length(${part}) >= coalesce(${field('tail.least')}, 0)`;
    const checked = `iif(${field('error')} IS NULL, ${whereSure(whole, field('unsure'), matched)}, ${raiseAboutSql('2201B', INVALID, field('error'), '')})`;
    return `iif(${whole} IS NULL OR ${test} IS NULL, NULL, ${checked})`;
  });
}

/** Most texts are ASCII, and that is seen quickly. */
function whereSure(text: string, unsure: string, test: string): string {
  const refused = raiseSql('0A000', localeRefused().message);
  return `CASE WHEN octet_length(${text}) > length(${text}) AND ${text} GLOB ${unsure} THEN ${refused} ELSE ${test} END`;
}

function localeRefused(): UnsupportedOnFallbackError {
  return new UnsupportedOnFallbackError(
    'A named class of a regular expression (such as \\w or \\s) for a text with characters outside ASCII',
    "PostgreSQL's answer depends on the database's locale: write the characters out, such as [A-Za-z0-9_].",
  );
}
