import type { Registry } from 'prom-client';

/** What one scrape of a process answered. */
export interface Frame {
  readonly text: string;
  readonly atSeconds: number;
}

/** A line of a scrape. */
export interface Line {
  readonly name: string;
  /** As they stand in the text, without braces; '' where there are none. */
  readonly labels: string;
  readonly value: string;
}

export const frameOf = async (registry: Registry): Promise<Frame> => ({ text: await registry.metrics(), atSeconds: Date.now() / 1000 });

/** The lines of a scrape, without comments. */
export function linesOf({ text }: Pick<Frame, 'text'>): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === '') throw new Error(`not a line of a scrape: ${line}`);
      return { name, labels, value };
    });
}
