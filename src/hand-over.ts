import { Console } from 'node:console';
import type { LogFields, LogLevel } from './log-events.js';
import type { Logger } from './options.js';

/** How pino, bunyan and fastify's logger take a line. */
type FieldsFirst = Record<LogLevel, (fields: LogFields, text: string) => unknown>;

/**
 * Hands a line to a logger in the way that this one takes it.
 *
 * Pino and bunyan would take fields after the text for values of a format and drop them. A console would print them once more, in
 * several lines: everything of them that people need is in the text.
 */
export function handOver(logger: Logger, level: LogLevel, text: string, fields: LogFields): unknown {
  if (logger instanceof Console) return logger[level](text);
  return takesFieldsFirst(logger) ? logger[level](fields, text) : logger[level](text, fields);
}

/** By functions of their own: `bindings` is pino's (and so fastify's), `fields` bunyan's, `child` of both. */
function takesFieldsFirst(logger: Logger | FieldsFirst): logger is FieldsFirst {
  const { child, bindings, fields } = logger as { child?: unknown; bindings?: unknown; fields?: unknown };
  if (typeof child !== 'function') return false;
  return typeof bindings === 'function' || (typeof fields === 'object' && fields !== null);
}
