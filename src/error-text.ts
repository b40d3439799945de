/** An error's text; a host with several addresses gives an AggregateError without a message. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || String((error as { code?: unknown }).code ?? error.name);
}
