import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MONITORING } from './rules.js';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
}

interface Variable {
  readonly name: string;
  readonly definition?: string;
}

export interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

export const dashboard = (): Dashboard => JSON.parse(readFileSync(join(MONITORING, 'dashboard.json'), 'utf8')) as Dashboard;

export interface PanelQuery {
  readonly panel: string;
  readonly expr: string;
  readonly legend: string;
  readonly instant: boolean;
}

/** Each query of each panel, with its template variables as they stand. */
export const panelQueries = ({ panels }: Dashboard = dashboard()): PanelQuery[] =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat, instant }) => ({ panel: title, expr, legend: legendFormat, instant })),
  );

/** As Grafana fills it in where all is chosen. */
export const filledIn = (expr: string, seconds: { rateInterval: number; range: number }): string =>
  expr
    .replaceAll('$__rate_interval', `${seconds.rateInterval}s`)
    .replaceAll('$__range', `${seconds.range}s`)
    .replace(/\$(?:environment|service|instance)\b/g, '.*');
