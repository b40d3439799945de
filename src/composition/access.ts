import type { Clock } from '../clock.js';
import { Hosts } from '../databases/hosts.js';
import { PasswordSource } from '../databases/password-source.js';
import type { ResolvedConfig } from '../options/resolve-config.js';

/** How the primary is reached: which hosts there are, and the password where a function gives it. */
export interface Access {
  readonly hosts: Hosts;
  readonly passwords: PasswordSource | undefined;
}

export function accessOf({ primary, connectTimeoutMs }: ResolvedConfig, clock: Clock, outside: <T>(call: () => T) => T): Access {
  const { hosts, password } = primary;
  const passwords = typeof password === 'function' ? new PasswordSource(() => outside(password), connectTimeoutMs, clock) : undefined;
  return { hosts: new Hosts(hosts), passwords };
}
