import type { Metric } from 'prom-client';
import { Group } from './group.js';
import type { AnyRegistry } from './metrics.js';

/** Also for the groups of another copy of the package (an ES module beside a CommonJS one), which has the same registry. */
const GROUPS = Symbol.for('sequelize-resilient.metrics');

/** What was done to a registry. */
interface Changes {
  readonly groups: Map<string, Group>;
  readonly undo: () => void;
}

const changesOf = (registry: AnyRegistry): Changes | undefined => (registry as AnyRegistry & Partial<Record<symbol, Changes>>)[GROUPS];

/** The group of a prefix in a registry, made where there is none. */
export function groupOf(registry: AnyRegistry, prefix: string): Group {
  const { groups } = changesOf(registry) ?? changed(registry);
  const group = groups.get(prefix) ?? new Group(registry, prefix);
  groups.set(prefix, group);
  return group;
}

/** Takes back what was done to the registry, where a group was the last one and is empty. */
export function forgetIfEmpty(registry: AnyRegistry, prefix: string): void {
  const changes = changesOf(registry);
  if (changes?.groups.get(prefix)?.isEmpty) changes.groups.delete(prefix);
  if (changes?.groups.size === 0) changes.undo();
}

/**
 * Lets a program's own metric of the same name have the name, also where it is made later: prom-client throws there (registerMetric() in
 * lib/registry.js of prom-client 15), and a service must not die of having its gauge twice.
 */
function changed(registry: AnyRegistry): Changes {
  const groups: Changes['groups'] = new Map();
  const before = Object.getOwnPropertyDescriptor(registry, 'registerMetric');
  const registerMetric = registry.registerMetric.bind(registry);
  const yielding = (metric: Metric): void => {
    const { name } = metric as Metric & { readonly name: string };
    const found = registry.getSingleMetric<string>(name);
    const owner = found === metric ? undefined : [...groups.values()].find((group) => group.owns(name));
    if (owner !== undefined) {
      registry.removeSingleMetric(name);
      owner.leave(name);
    }
    registerMetric(metric);
  };
  const undo = (): void => {
    Reflect.deleteProperty(registry, GROUPS);
    // Somebody may have put a function of his own around ours since: without groups it does no more than the one before.
    if (Object.getOwnPropertyDescriptor(registry, 'registerMetric')?.value !== yielding) return;
    if (before === undefined) Reflect.deleteProperty(registry, 'registerMetric');
    else Object.defineProperty(registry, 'registerMetric', before);
  };
  const changes = { groups, undo };
  Object.defineProperty(registry, GROUPS, { value: changes, configurable: true });
  Object.defineProperty(registry, 'registerMetric', { value: yielding, configurable: true, writable: true });
  return changes;
}
