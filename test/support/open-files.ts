import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { outputOf } from './output-of.js';

/** A file or TCP socket that this process holds open. */
export interface OpenFile {
  readonly fd: number;
  /** Where the descriptor's link leads: a path or `socket:[inode]`. */
  readonly target: string;
  /** For people: the path, or the socket's two addresses and state. */
  readonly description: string;
}

/** The files and TCP sockets that this process holds open; none where there is no /proc. */
export function openFiles(): OpenFile[] {
  const sockets = tcpSockets();
  return descriptors().flatMap(({ fd, target }) => {
    if (isFile(target)) return [{ fd, target, description: `file ${target}` }];
    const description = sockets.get(target);
    return description === undefined ? [] : [{ fd, target, description }];
  });
}

/** The paths below a folder that this process holds open, sorted; a removed file's path ends in ` (deleted)` on Linux. */
export function openSqliteFiles(folder: string): string[] {
  const prefix = realpathSync(folder) + sep;
  const paths = existsSync('/proc/self/fd') ? descriptors().map(({ target }) => target) : pathsFromLsof();
  return paths.filter((path) => path.startsWith(prefix)).sort();
}

function isFile(target: string): boolean {
  return target.startsWith('/') && !/^\/(dev|proc|sys|memfd:)/.test(target);
}

function descriptors(): { fd: number; target: string }[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [{ fd: Number(name), target: readlinkSync(`/proc/self/fd/${name}`) }];
    } catch {
      // The descriptor that read this folder is in the list and closed by now.
      return [];
    }
  });
}

function pathsFromLsof(): string[] {
  const lines = outputOf('lsof', ['-p', String(process.pid), '-Fn']).split('\n');
  return lines.filter((line) => line.startsWith('n/')).map((line) => line.slice(1));
}

/** Descriptions by link target, e.g. `socket:[123]` to `TCP 127.0.0.1:40000 -> 127.0.0.1:5432 ESTABLISHED`. */
function tcpSockets(): Map<string, string> {
  const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'].filter((file) => existsSync(file));
  const lines = tables.flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  return new Map(lines.map((line) => describeTcpLine(line.trim().split(/\s+/))));
}

function describeTcpLine(fields: readonly string[]): [target: string, description: string] {
  const [, local = '', remote = '', state = ''] = fields;
  return [`socket:[${fields[9]}]`, `TCP ${address(local)} -> ${address(remote)} ${states[state] ?? state}`];
}

const states: Readonly<Record<string, string>> = { '01': 'ESTABLISHED', '02': 'SYN_SENT', '08': 'CLOSE_WAIT', '0A': 'LISTEN' };

function address(hex: string): string {
  const [host = '', port = ''] = hex.split(':');
  // IPv4 is written as one little-endian number; IPv6 is left as it is, which is enough to recognise it.
  const name = host.length === 8 ? [6, 4, 2, 0].map((at) => Number.parseInt(host.slice(at, at + 2), 16)).join('.') : host;
  return `${name}:${Number.parseInt(port, 16)}`;
}
