import { isIPv6 } from 'node:net';
import { ConfigurationError } from '../errors.js';
import { digitsOrNumber, hostName, isRecord, RANGES, refuse } from './rules.js';

/** One PostgreSQL server of several. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_PORT = 5432;

const SHAPE = "must be 'host', 'host:port', '[ipv6]:port' or { host, port }";

/** The list of hosts in the order in which they are wanted. */
export function hostsIn(name: string, value: unknown): readonly HostAddress[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) return refuse(name, 'must be an array with at least one host', value);
  const hosts = value.map((entry: unknown, index) => hostIn(`${name}[${index}]`, entry));
  const again = hosts.findIndex((host, index) => hosts.findIndex((other) => shownHost(other) === shownHost(host)) < index);
  return again === -1 ? Object.freeze(hosts) : refuse(`${name}[${again}]`, 'must not be in the list twice', shownHost(hosts[again]));
}

/** `db1:5432`, as messages and log lines name a host. */
export function shownHost(address: HostAddress | undefined): string {
  if (address === undefined) return 'no host';
  const { host, port } = address;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** One entry of the list. */
export function hostIn(name: string, value: unknown): HostAddress {
  if (isRecord(value)) return hostOfRecord(name, value);
  if (typeof value !== 'string') return refuse(name, SHAPE, value);
  // Refuses what is no host at all, connection strings before all.
  const text = hostName(name, value) ?? '';
  if (text.startsWith('/') || isIPv6(text)) return Object.freeze({ host: text, port: DEFAULT_PORT });
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::(.*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (bracketed !== undefined && !isIPv6(bracketed))) return refuse(name, SHAPE, value);
  return Object.freeze({ host, port: portIn(name, port, value) });
}

function hostOfRecord(name: string, record: Readonly<Record<string, unknown>>): HostAddress {
  const strange = Object.keys(record).find((key) => key !== 'host' && key !== 'port');
  if (strange !== undefined) throw new ConfigurationError(`${name}.${strange}`, 'is not an option; the options here are host, port');
  const host = hostName(`${name}.host`, record.host) ?? refuse(`${name}.host`, 'is required', record.host);
  return Object.freeze({ host, port: digitsOrNumber(`${name}.port`, record.port, RANGES.port) ?? DEFAULT_PORT });
}

function portIn(name: string, text: string | undefined, value: string): number {
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  const { min, max } = RANGES.port;
  return port >= min && port <= max ? port : refuse(name, `must have a port from ${min} to ${max}`, value);
}
