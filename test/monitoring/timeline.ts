import { type Frame, type Line, linesOf } from './frame.js';

/** For how long the scrapes of a process say the same; without a frame the process is not there. */
export interface Span {
  readonly minutes: number;
  readonly frame?: Frame | undefined;
  /** The process no longer probes. */
  readonly stuck?: boolean;
}

/** A target of Prometheus: one process after the other at one address. */
export interface Target {
  readonly instance: string;
  readonly spans: readonly Span[];
  /** Of the target; they win over labels of the same name, which become `exported_…`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A series as promtool reads it. */
export interface Series {
  readonly series: string;
  readonly values: string;
}

export const STEP_SECONDS = 30;

const stepsOf = (minutes: number): number => Math.round((minutes * 60) / STEP_SECONDS);

/** What a Prometheus that scrapes every 30 s would have stored, from its time 0 on. */
export function seriesOf({ instance, spans, labels = {} }: Target): Series[] {
  const targetLabels = { job: 'services', instance, ...labels };
  const columns = new Map<string, string[]>();
  let step = 0;
  for (const { frame, minutes, stuck = false } of spans) {
    const firstStep = step;
    const lines = frame === undefined ? [] : linesOf(frame).filter(({ name }) => !name.endsWith('_bucket'));
    for (step = firstStep; step < firstStep + stepsOf(minutes); step += 1) {
      const nowSeconds = (stuck ? firstStep : step) * STEP_SECONDS;
      for (const line of lines) {
        const key = keyOf(line, targetLabels);
        const column = columns.get(key) ?? [];
        columns.set(key, column);
        fillUpTo(column, step);
        column.push(valueAt(line, frame, nowSeconds));
      }
    }
  }
  return [...columns].map(([series, column]) => {
    fillUpTo(column, step);
    return { series, values: column.join(' ') };
  });
}

/** Prometheus notes the end of a series at the next scrape; then there is nothing. */
function fillUpTo(column: string[], step: number): void {
  while (column.length < step) column.push(column.length === 0 || ['_', 'stale'].includes(column.at(-1) ?? '') ? '_' : 'stale');
}

function keyOf({ name, labels }: Line, targetLabels: Readonly<Record<string, string>>): string {
  const own = labels.replace(/(^|,)(\w+)=/g, (_, before: string, label: string) => {
    return `${before}${label in targetLabels ? `exported_${label}` : label}=`;
  });
  const added = Object.entries(targetLabels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${[...(own === '' ? [] : [own]), ...added].join(',')}}`;
}

/** Instants are those of promtool, whose time begins at 0. */
function valueAt({ name, value }: Line, frame: Frame | undefined, nowSeconds: number): string {
  if (!name.endsWith('_timestamp_seconds') || Number(value) === 0 || frame === undefined) return value;
  return String(nowSeconds - (frame.atSeconds - Number(value)));
}
