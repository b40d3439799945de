import { existsSync, readFileSync } from 'node:fs';
import { outputOf } from './output-of.js';
import { realNow, waitFor } from './wait-for.js';

/** The pids of a process's direct children; none when it is gone. */
export function childrenOf(pid: number): number[] {
  return existsSync('/proc/self/stat') ? childrenFromProc(pid) : childrenFromPgrep(pid);
}

function childrenFromProc(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  try {
    return toPids(readFileSync(file, 'utf8'));
  } catch {
    // Kernels without CONFIG_PROC_CHILDREN have no such file; nor has a process that is gone.
    return existsSync(`/proc/${pid}`) ? childrenFromPgrep(pid) : [];
  }
}

function childrenFromPgrep(pid: number): number[] {
  return toPids(outputOf('pgrep', ['-P', String(pid)]));
}

function toPids(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** Whether a process runs or is stopped; a zombie that waits for its parent counts as gone. */
export function isAlive(pid: number): boolean {
  const state = processState(pid);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Whether a process is stopped by SIGSTOP. */
export function isStopped(pid: number): boolean {
  return processState(pid)?.toUpperCase() === 'T';
}

function processState(pid: number): string | undefined {
  if (!existsSync('/proc/self/stat')) return outputOf('ps', ['-o', 'stat=', '-p', String(pid)]).trim()[0];
  try {
    // The name in parentheses may itself hold spaces and parentheses.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').match(/^.*\) (\S)/s)?.[1];
  } catch {
    return undefined;
  }
}

/** Sends a signal and tells whether there was a process to take it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Stops a process and then its children, and returns their pids. */
export function stopTree(pid: number): number[] {
  if (!signal(pid, 'SIGSTOP')) return [];
  // The signal takes effect a little later; until then the process may fork a child that the list would miss.
  const deadline = realNow() + 2000;
  while (!isStopped(pid) && isAlive(pid) && realNow() < deadline);
  const children = childrenOf(pid);
  for (const child of children) signal(child, 'SIGSTOP');
  return [pid, ...children];
}

/** Lets a stopped process and its children run again. */
export function continueTree(pid: number): void {
  for (const child of childrenOf(pid)) signal(child, 'SIGCONT');
  signal(pid, 'SIGCONT');
}

/** Kills a process and its children with SIGKILL, and returns their pids without waiting for their end. */
export function killTree(pid: number): number[] {
  // The children go first: PostgreSQL's would otherwise notice the postmaster's death and say an orderly goodbye to their clients.
  const pids = stopTree(pid).reverse();
  for (const each of pids) signal(each, 'SIGKILL');
  return pids;
}

/** Resolves when none of the processes is alive. */
export async function allGone(pids: readonly number[], timeoutMs = 20_000): Promise<void> {
  await waitFor(() => !pids.some(isAlive), { timeoutMs, what: `the processes ${pids.join(', ')} to end` });
}
