import type { Sequelize } from 'sequelize';
import type { Clock } from '../clock.js';
import { nameFor, poolName } from '../databases/application-name.js';
import { CommitLookup } from '../failover/commit-lookup.js';
import { HostAsker } from '../health/host-asker.js';
import type { HostProbeParts } from '../health/host-probe.js';
import { HostProbes, type ProberEars } from '../health/host-probes.js';
import type { ProbeTarget } from '../health/probe.js';
import { definedIn } from '../options/resolve-primary.js';
import type { ResolvedConfig } from '../options/resolve-config.js';
import { tablesOf } from '../schema/prepare.js';
import type { Access } from './access.js';

/** As whom and how the primary's hosts are asked outside the pool. */
export function askingOf(
  { serviceName, primary, sequelize: options }: ResolvedConfig,
  { passwords }: Access,
  clock: Clock,
): HostProbeParts {
  const { database, username: user, password, dialectOptions } = primary;
  const { Client } = (options as { dialectModule?: { Client?: ProbeTarget['Client'] } }).dialectModule ?? {};
  const { ssl, options: serverOptions, client_encoding, stream } = dialectOptions as Record<string, unknown>;
  const connect = definedIn({ options: serverOptions, client_encoding, stream });
  return {
    target: { database, user, ssl, connect, Client, applicationName: nameFor('probe', poolName(serviceName, dialectOptions)) },
    password: typeof password === 'function' ? passwords : password,
    clock,
  };
}

export function lookupsOf({ maxWaitMs }: ResolvedConfig, { hosts }: Access, asking: HostProbeParts): CommitLookup {
  const asker = new HostAsker(hosts, asking);
  return new CommitLookup({
    clock: asking.clock,
    maxWaitMs,
    ask: (marks, deadlineMs) => asker.run(deadlineMs, (probe, restMs) => probe.transactions(marks, restMs)),
    drop: () => asker.drop(),
  });
}

export function proberOf(
  config: ResolvedConfig,
  sequelize: Sequelize,
  { hosts }: Access,
  asking: HostProbeParts,
  told: ProberEars,
): HostProbes {
  return new HostProbes({
    ...asking,
    ...told,
    hosts,
    takesReadOnly: config.primary.targetSessionAttrs === 'any',
    tables: () => tablesOf(sequelize),
  });
}
