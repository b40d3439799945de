import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The package's folder, by its name: the sources and the build lie at different depths. */
const PACKAGE = path.dirname(createRequire(import.meta.url).resolve('sequelize-resilient/package.json'));

const shipped = (name: string): string => readFileSync(path.join(PACKAGE, 'docs/monitoring', name), 'utf8');

/** Nothing in these files but names of metrics begins so. */
const prefixed = (text: string, prefix: string): string => text.replace(/\bdatabase_/g, `${prefix}database_`);

/** The alert rules for metrics with this prefix, as YAML. */
export function rulesFor(prefix: string): string {
  const rules = shipped('alerts.yml');
  if (prefix === '') return rules;
  return prefixed(rules, prefix).replace('metrics without a prefix', `metrics with the prefix ${prefix}`);
}

/** The dashboard for metrics with this prefix, as JSON; it has an identity of its own, so that those of several prefixes live side by side. */
export function dashboardFor(prefix: string): string {
  const dashboard = shipped('dashboard.json');
  if (prefix === '') return dashboard;
  const { uid, title, ...others } = JSON.parse(prefixed(dashboard, prefix)) as { uid: string; title: string };
  // Grafana takes up to 40 letters, digits, - and _.
  const mark = createHash('sha256').update(prefix).digest('hex').slice(0, 12);
  return `${JSON.stringify({ uid: `${uid}-${mark}`, title: `${title}, ${prefix}`, ...others }, null, 2)}\n`;
}
