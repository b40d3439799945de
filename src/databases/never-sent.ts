const neverSent = new WeakSet<object>();

/** Notes that a failure came before anything was sent: no connection could be had. */
export function markNeverSent(error: unknown): void {
  if (typeof error === 'object' && error !== null) neverSent.add(error);
}

/** True where a statement that failed with this error was certainly not sent. */
export const wasNeverSent = (error: unknown): boolean => typeof error === 'object' && error !== null && neverSent.has(error);
