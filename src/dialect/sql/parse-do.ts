import type { DoBlock, DoStatement, DoStep } from './ast.js';
import { conditionCode } from './plpgsql-conditions.js';
import type { TokenStream } from './token-stream.js';

/**
 * A body of PL/pgSQL that has no variables: statements, IF, NULL, PERFORM, RAISE, and blocks with EXCEPTION. Each of its statements is
 * kept as it is written. Undefined for any other body.
 */
export function parseDoBody(body: TokenStream): DoStatement | undefined {
  if (body.isWord('declare')) return undefined;
  const block = parseBlock(body);
  if (block === undefined) return undefined;
  body.accept(';');
  return body.atEnd ? { kind: 'do', block } : undefined;
}

function parseBlock(body: TokenStream): DoBlock | undefined {
  if (!body.acceptWord('begin')) return undefined;
  const steps = parseSteps(body, ['exception', 'end']);
  if (steps === undefined) return undefined;
  const handlers: DoBlock['handlers'][number][] = [];
  if (body.acceptWord('exception')) {
    while (body.acceptWord('when')) {
      const handler = parseHandler(body);
      if (handler === undefined) return undefined;
      handlers.push(handler);
    }
    if (handlers.length === 0) return undefined;
  }
  return body.acceptWord('end') ? { steps, handlers } : undefined;
}

function parseHandler(body: TokenStream): DoBlock['handlers'][number] | undefined {
  const codes: string[] = [];
  do {
    const code = parseCondition(body);
    if (code === undefined) return undefined;
    codes.push(code);
  } while (body.acceptWord('or'));
  if (!body.acceptWord('then')) return undefined;
  const steps = parseSteps(body, ['when', 'end']);
  return steps && { codes, steps };
}

/** The SQLSTATE of a condition, or `others`. */
function parseCondition(body: TokenStream): string | undefined {
  if (body.acceptWord('sqlstate')) return body.token.kind === 'string' ? body.next().text : undefined;
  if (body.acceptWord('others')) return 'others';
  return body.token.kind === 'word' ? conditionCode(body.next().text) : undefined;
}

function parseSteps(body: TokenStream, until: readonly string[]): readonly DoStep[] | undefined {
  const steps: DoStep[] = [];
  while (body.oneOf(until) === undefined) {
    const step = parseStep(body);
    if (step === undefined || !body.accept(';')) return undefined;
    steps.push(step);
  }
  return steps;
}

const STATEMENTS = ['create', 'alter', 'drop', 'comment', 'truncate', 'insert', 'update', 'delete'] as const;
/** What every body has without declaring it. */
const VARIABLES = ['found', 'sqlstate', 'sqlerrm'] as const;
const LEVELS = ['debug', 'log', 'info', 'notice', 'warning'] as const;

function parseStep(body: TokenStream): DoStep | undefined {
  if (body.acceptWord('null')) return { kind: 'nothing' };
  if (body.isWord('begin')) {
    const block = parseBlock(body);
    return block && { kind: 'block', block };
  }
  if (body.acceptWord('if')) return parseIf(body);
  if (body.acceptWord('raise')) return parseRaise(body);
  if (body.acceptWord('perform')) return parseText(body, 'SELECT ');
  return body.oneOf(STATEMENTS) === undefined ? undefined : parseText(body, '');
}

/** A message for the log, which nobody reads here; only literals stand in it. */
function parseRaise(body: TokenStream): DoStep | undefined {
  if (body.acceptOneOf(LEVELS) === undefined || body.token.kind !== 'string') return undefined;
  body.next();
  while (body.accept(',')) {
    if (!body.isLiteral) return undefined;
    body.next();
  }
  return { kind: 'nothing' };
}

function parseText(body: TokenStream, before: string): DoStep | undefined {
  const index = body.index;
  while (!body.atEnd && !body.is(';')) {
    // What is made CONCURRENTLY can't be in a block, and INTO has a variable behind it but where it follows INSERT.
    if (body.isWord('concurrently') || (body.isWord('into') && body.index > index + 1) || body.oneOf(VARIABLES)) return undefined;
    body.next();
  }
  return { kind: 'statement', text: before + body.textFrom(index) };
}

function parseIf(body: TokenStream): DoStep | undefined {
  const condition = parseIfCondition(body);
  if (condition === undefined) return undefined;
  const then = parseSteps(body, ['elsif', 'elseif', 'else', 'end']);
  if (then === undefined) return undefined;
  if (body.acceptOneOf(['elsif', 'elseif'])) {
    const next = parseIf(body);
    return next && { kind: 'if', condition, then, otherwise: [next] };
  }
  const otherwise = body.acceptWord('else') ? parseSteps(body, ['end']) : [];
  if (otherwise === undefined || !body.acceptWord('end', 'if')) return undefined;
  return { kind: 'if', condition, then, otherwise };
}

/** The condition up to its THEN; one with CASE has a THEN of its own. */
function parseIfCondition(body: TokenStream): string | undefined {
  const index = body.index;
  while (!body.isWord('then')) {
    if (body.atEnd || body.isWord('case') || body.is(';') || body.oneOf(VARIABLES)) return undefined;
    body.next();
  }
  const text = body.textFrom(index);
  body.next();
  return text;
}
