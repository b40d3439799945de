import type { ConstraintClause, Expression, ReferenceClause } from './ast.js';
import { refused, type TokenStream } from './token-stream.js';

const TABLE_CONSTRAINTS = ['constraint', 'unique', 'primary', 'check', 'foreign'] as const;

/** Whether a constraint of the table begins here, and not a column. */
export function startsTableConstraint(stream: TokenStream): boolean {
  return (
    stream.oneOf(TABLE_CONSTRAINTS) !== undefined || stream.isWord('exclude', 'using') || (stream.isWord('exclude') && stream.is('(', 1))
  );
}

export function parseTableConstraint(stream: TokenStream): ConstraintClause {
  const name = parseConstraintName(stream);
  if (stream.isWord('exclude')) return { ...name, type: 'exclude', text: parseExclusion(stream) };
  if (stream.acceptWord('foreign')) {
    stream.expectWord('key');
    const columns = parseNames(stream);
    stream.expectWord('references');
    return { ...name, type: 'foreign key', columns, references: parseReferences(stream) };
  }
  if (stream.isWord('check')) return { ...name, ...parseCheck(stream) };
  const type = parseUniqueOrPrimary(stream);
  if (type === undefined) throw stream.syntaxError();
  if (stream.isWord('using')) throw refused('A constraint USING INDEX', 'Name the columns of the constraint.');
  return { ...name, type, columns: parseNames(stream), ...parseUniqueTail(stream) };
}

/** A constraint within a column's definition; undefined where none begins. */
export function parseColumnConstraint(stream: TokenStream): ConstraintClause | undefined {
  const name = parseConstraintName(stream);
  const constraint = parseUnnamed(stream);
  if (constraint === undefined && name.name !== undefined) throw stream.syntaxError();
  return constraint && { ...name, ...constraint };
}

function parseConstraintName(stream: TokenStream): { readonly name?: string } {
  return stream.acceptWord('constraint') ? { name: stream.name() } : {};
}

function parseUnnamed(stream: TokenStream): ConstraintClause | undefined {
  if (stream.acceptWord('not', 'null')) return { type: 'not null' };
  if (stream.acceptWord('null')) return { type: 'null' };
  if (stream.acceptWord('default')) return { type: 'default', ...withText(stream, () => stream.restrictedExpression()) };
  if (stream.acceptWord('references')) return { type: 'foreign key', columns: [], references: parseReferences(stream) };
  if (stream.acceptWord('generated')) return parseGenerated(stream);
  if (stream.isWord('check')) return parseCheck(stream);
  const type = parseUniqueOrPrimary(stream);
  return type && { type, columns: [], ...parseUniqueTail(stream) };
}

/** What `read` gives, with the text that it was read from. */
export function withText(stream: TokenStream, read: () => Expression): { readonly expression: Expression; readonly text: string } {
  const index = stream.index;
  const expression = read();
  return { expression, text: stream.textFrom(index) };
}

function parseUniqueOrPrimary(stream: TokenStream): 'unique' | 'primary key' | undefined {
  if (stream.acceptWord('unique')) {
    if (stream.isWord('nulls', 'not')) throw refused('UNIQUE NULLS NOT DISTINCT', 'Use a unique index on COALESCE(column, …).');
    stream.acceptWord('nulls', 'distinct');
    return 'unique';
  }
  if (!stream.acceptWord('primary')) return undefined;
  stream.expectWord('key');
  return 'primary key';
}

function parseCheck(stream: TokenStream): ConstraintClause & { type: 'check' } {
  stream.expectWord('check');
  const check = stream.parenthesised(() => withText(stream, () => stream.expression()));
  stream.acceptWord('no', 'inherit');
  refuseNotValid(stream);
  return { type: 'check', ...check };
}

function parseGenerated(stream: TokenStream): ConstraintClause {
  const always = stream.acceptWord('always');
  if (!always) stream.expectWord('by', 'default');
  stream.expectWord('as');
  if (stream.acceptWord('identity')) {
    if (stream.is('(')) throw refused('Sequence options of an identity column', 'Write GENERATED … AS IDENTITY without them.');
    return { type: 'identity', always };
  }
  if (!always) throw stream.syntaxError();
  const generated = stream.parenthesised(() => withText(stream, () => stream.expression()));
  stream.expectWord('stored');
  return { type: 'generated', ...generated };
}

/** From the table's name on. */
function parseReferences(stream: TokenStream): ReferenceClause {
  const table = stream.qualifiedName();
  const columns = stream.is('(') ? parseNames(stream) : [];
  if (stream.acceptWord('match')) parseMatch(stream);
  const actions: { onDelete?: string; onUpdate?: string } = {};
  while (stream.acceptWord('on')) {
    const event = stream.expectOneOf(['delete', 'update']);
    actions[event === 'delete' ? 'onDelete' : 'onUpdate'] = parseReferenceAction(stream);
  }
  const deferral = parseDeferral(stream);
  refuseNotValid(stream);
  return { table, columns, ...actions, ...deferral };
}

function parseMatch(stream: TokenStream): void {
  if (stream.expectOneOf(['simple', 'full', 'partial']) !== 'simple') throw refused('MATCH FULL', 'Use MATCH SIMPLE, the default.');
}

function parseReferenceAction(stream: TokenStream): string {
  if (stream.acceptWord('no')) {
    stream.expectWord('action');
    return 'no action';
  }
  if (!stream.acceptWord('set')) return stream.expectOneOf(['cascade', 'restrict']);
  const action = `set ${stream.expectOneOf(['null', 'default'])}`;
  if (stream.is('(')) throw refused(`${action.toUpperCase()} of some columns`, 'Set all columns of the foreign key.');
  return action;
}

interface Deferral {
  readonly deferrable?: boolean;
  readonly initiallyDeferred?: boolean;
}

function parseDeferral(stream: TokenStream): Deferral {
  let deferral: Deferral = {};
  for (;;) {
    if (stream.acceptWord('deferrable')) deferral = { ...deferral, deferrable: true };
    else if (stream.acceptWord('not', 'deferrable')) deferral = { ...deferral, deferrable: false };
    else if (stream.acceptWord('initially', 'deferred')) deferral = { deferrable: true, ...deferral, initiallyDeferred: true };
    else if (stream.acceptWord('initially', 'immediate')) deferral = { ...deferral, initiallyDeferred: false };
    else return deferral;
  }
}

/** INCLUDE, storage and deferral after UNIQUE or PRIMARY KEY. */
function parseUniqueTail(stream: TokenStream): Deferral {
  if (stream.acceptWord('include')) parseNames(stream);
  skipStorage(stream);
  return parseDeferral(stream);
}

/** `WITH (fillfactor = 70)`, `USING INDEX TABLESPACE x`, `TABLESPACE x`: where PostgreSQL keeps its pages changes nothing else. */
export function skipStorage(stream: TokenStream): void {
  if (stream.isWord('with') && stream.is('(', 1)) {
    stream.next();
    skipParentheses(stream);
  }
  stream.acceptWord('using', 'index');
  if (stream.acceptWord('tablespace')) stream.name();
}

export function skipParentheses(stream: TokenStream): void {
  stream.expect('(');
  for (let depth = 1; depth > 0; ) {
    if (stream.atEnd) throw stream.syntaxError();
    if (stream.is('(')) depth++;
    if (stream.is(')')) depth--;
    stream.next();
  }
}

function refuseNotValid(stream: TokenStream): void {
  if (stream.isWord('not', 'valid')) throw refused('A constraint that is NOT VALID', 'Add it as valid.');
}

function parseExclusion(stream: TokenStream): string {
  const index = stream.index;
  stream.next();
  while (!stream.atEnd && !stream.is(',') && !stream.is(')') && !stream.is(';')) {
    if (stream.is('(')) skipParentheses(stream);
    else stream.next();
  }
  return stream.textFrom(index);
}

export function parseNames(stream: TokenStream): string[] {
  return stream.parenthesisedList(() => stream.name());
}
