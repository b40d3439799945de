import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const MONITORING = resolve(import.meta.dirname, '../../docs/monitoring');

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: readonly Rule[] }[];
}

export const rulesText = (): string => readFileSync(join(MONITORING, 'alerts.yml'), 'utf8');
export const ruleFile = (text = rulesText()): RuleFile => parse(text) as RuleFile;
export const rulesOf = (file: RuleFile = ruleFile()): readonly Rule[] => file.groups.flatMap(({ rules }) => rules);
