import type net from 'node:net';
import type { Sequelize } from 'sequelize';
import type { HostAddress } from '../options/primary-hosts.js';
import { internalsOf, type PostgresConnectConfig } from '../sequelize-internals.js';
import { hasCode, isPasswordRefused } from './connection-failure.js';
import type { PasswordSource } from './password-source.js';

/** Lets an instance that has not connected yet connect to this host. */
export function useHost(sequelize: Sequelize, { host, port }: HostAddress): void {
  const { options, config, connectionManager } = internalsOf(sequelize);
  // The manager has a copy of the configuration, which it hands to each connect (lib/dialects/abstract/connection-manager.js).
  for (const place of [options, config, connectionManager.config]) Object.assign(place, { host, port });
}

/** Lets an instance ask for the password at each connect, and once more where PostgreSQL refused that one. */
export function usePasswords(sequelize: Sequelize, passwords: PasswordSource): void {
  const { connectionManager } = internalsOf(sequelize);
  const connect = connectionManager.connect.bind(connectionManager);
  connectionManager.connect = async (config) => {
    const first = new Attempt(connect, config, passwords);
    try {
      return await first.connect();
    } catch (error) {
      if (!first.wasRefused(error)) throw error;
      return await new Attempt(connect, config, passwords).connect();
    }
  };
}

/** One connect with a password that is asked for when the server wants it. */
class Attempt {
  #given: string | undefined;
  #socket: net.Socket | undefined;

  constructor(
    private readonly run: (config: PostgresConnectConfig) => Promise<object>,
    private readonly config: PostgresConnectConfig,
    private readonly passwords: PasswordSource,
  ) {}

  async connect(): Promise<object> {
    const { dialectOptions } = this.config;
    const stream = (config: unknown): net.Socket => (this.#socket = dialectOptions.stream(config));
    const password = async (): Promise<string> => (this.#given = await this.passwords.current());
    try {
      return await this.run({ ...this.config, password, dialectOptions: { ...dialectOptions, stream } });
    } catch (error) {
      // pg leaves the connection open, and the server waits a minute for the password.
      if (hasCode(error, 'PASSWORD_UNAVAILABLE')) this.#socket?.destroy();
      throw error;
    }
  }

  /** True where another password may be taken. */
  wasRefused(error: unknown): boolean {
    if (this.#given === undefined || !isPasswordRefused(error)) return false;
    this.passwords.refused(this.#given);
    return true;
  }
}
