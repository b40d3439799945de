import { cpus, loadavg } from 'node:os';
import { createRequire } from 'node:module';
import type { Summary } from './statistics.js';

const require = createRequire(import.meta.url);

/** One line of a Markdown table. */
export const tableRow = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** The first two lines of a Markdown table. */
export const tableHead = (titles: readonly string[]): string => [tableRow(titles), tableRow(titles.map(() => '---'))].join('\n');

/** A median with its quartiles: `0.99 [0.96–1.02]`. */
export const withQuartiles = ({ median, lowerQuartile, upperQuartile }: Summary, digits = 2): string =>
  `${median.toFixed(digits)} [${lowerQuartile.toFixed(digits)}–${upperQuartile.toFixed(digits)}]`;

/** Where a median lies: `0.98–1.00`. */
export const medianRange = ({ medianBetween: [first, last] }: Summary, digits = 2): string =>
  `${first.toFixed(digits)}–${last.toFixed(digits)}`;

/** What was measured, and on what: one line. */
export function circumstances(packages: readonly string[]): string {
  const versions = packages.map((name) => `${name} ${(require(`${name}/package.json`) as { version: string }).version}`);
  const load = loadavg()[0]?.toFixed(1);
  return [`Node ${process.versions.node}`, ...versions, `${cpus().length} cores`, `load ${load}`].join(', ');
}
