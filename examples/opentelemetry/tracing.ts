import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type Attributes, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { DiagnosticMessages, Engine } from 'sequelize-resilient';

type Subscribers = { [Name in keyof DiagnosticMessages]?: (message: DiagnosticMessages[Name]) => void };

/** The words of OpenTelemetry's semantic conventions. */
const SYSTEMS: Record<Engine, string> = { postgres: 'postgresql', sqlite: 'sqlite' };

const systemOf = (dialect: Engine | null): Attributes => (dialect === null ? {} : { 'db.system.name': SYSTEMS[dialect] });

/**
 * Makes a span `database outage` of each outage of every resilient connection of this process, and notes on the spans of requests what
 * became of their calls. To be called once, after the SDK was started; gives back what ends it.
 *
 * Each function here must not throw: for a subscriber that does, Node ends the process.
 */
export function traceDatabaseOutages(): () => void {
  const tracer = trace.getTracer('sequelize-resilient');
  /** The outages that last, by service. */
  const outages = new Map<string, Span>();

  const begin = (serviceName: string, reason: string): Span => {
    const lasting = outages.get(serviceName);
    if (lasting !== undefined) return lasting;
    const attributes = { 'service.name': serviceName, 'error.type': reason };
    // No request is its parent: it concerns all of them.
    const span = tracer.startSpan('database outage', { kind: SpanKind.CLIENT, attributes }, ROOT_CONTEXT);
    span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
    outages.set(serviceName, span);
    return span;
  };

  const end = (serviceName: string): void => {
    outages.get(serviceName)?.end();
    outages.delete(serviceName);
  };

  /** These are told in the async context of the call that they are about, so the active span is its request's. */
  const noteOnRequest = (name: string, attributes: Attributes): void => void trace.getActiveSpan()?.addEvent(name, attributes);

  return subscribed({
    disconnected: ({ serviceName, dialect, reason }) =>
      begin(serviceName, reason).addEvent('disconnected', { ...systemOf(dialect), 'database.outage.reason': reason }),
    // At a start without PostgreSQL this is the first that is heard.
    failover: ({ serviceName, to, reason, epoch }) =>
      begin(serviceName, reason).addEvent('failover', { ...systemOf(to), 'database.outage.reason': reason, 'database.epoch': epoch }),
    recovered: ({ serviceName, to, epoch }) => {
      outages.get(serviceName)?.addEvent('recovered', { ...systemOf(to), 'database.epoch': epoch });
      end(serviceName);
    },
    closed: ({ serviceName }) => end(serviceName),
    outcome: ({ kind, outcome }) =>
      noteOnRequest('database call interrupted', { 'database.call.kind': kind, 'database.call.outcome': outcome }),
    waited: ({ dialect, durationMs }) =>
      noteOnRequest('database call waited', { ...systemOf(dialect), 'database.call.wait_ms': durationMs }),
    repeated: ({ kind, dialect }) => noteOnRequest('database call repeated', { ...systemOf(dialect), 'database.call.kind': kind }),
  });
}

/** Subscribes to the channels; gives back what undoes it. */
function subscribed(subscribers: Subscribers): () => void {
  const added = Object.entries(subscribers).map(([name, hear]) => {
    const subscriber = (message: unknown): void => (hear as (message: unknown) => void)(message);
    subscribe(`sequelize-resilient:${name}`, subscriber);
    return () => void unsubscribe(`sequelize-resilient:${name}`, subscriber);
  });
  return () => added.forEach((undo) => undo());
}
