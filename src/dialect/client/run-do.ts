import { PgError } from '../pg-error.js';
import type { DoBlock, DoStep } from '../sql/ast.js';
import type { PgResult } from './pg-result.js';

/** What the body of a DO is run with: a session in a block. */
export interface DoSession {
  /** Runs one statement. */
  run(text: string): Promise<PgResult>;
  /** Runs `work`, of which nothing stays where it rejects. */
  undone<T>(work: () => Promise<T>): Promise<T>;
}

/** Runs a block of PL/pgSQL: what its EXCEPTION catches has undone what went before it in the block. */
export async function runDoBlock({ steps, handlers }: DoBlock, session: DoSession): Promise<void> {
  if (handlers.length === 0) return await runSteps(steps, session);
  try {
    await session.undone(() => runSteps(steps, session));
  } catch (error) {
    const handler = handlers.find(({ codes }) => error instanceof PgError && codes.some((code) => isOf(code, error)));
    if (handler === undefined) throw error;
    await runSteps(handler.steps, session);
  }
}

/** A code that ends in 000 is that of a whole class of errors. */
function isOf(code: string, error: PgError): boolean {
  if (code === 'others') return true;
  return code.endsWith('000') ? error.code.startsWith(code.slice(0, 2)) : error.code === code;
}

async function runSteps(steps: readonly DoStep[], session: DoSession): Promise<void> {
  for (const step of steps) await runStep(step, session);
}

async function runStep(step: DoStep, session: DoSession): Promise<void> {
  switch (step.kind) {
    case 'nothing':
      return;
    case 'block':
      return await runDoBlock(step.block, session);
    case 'if':
      return await runSteps((await holds(step.condition, session)) ? step.then : step.otherwise, session);
    case 'statement': {
      const { fields } = await session.run(step.text);
      if (fields.length > 0 && !step.text.startsWith('SELECT ')) throw noDestination();
    }
  }
}

async function holds(condition: string, session: DoSession): Promise<boolean> {
  const { rows } = await session.run(`SELECT 1 WHERE ${condition}`);
  return rows.length > 0;
}

const noDestination = (): PgError => new PgError('42601', 'query has no destination for result data');
