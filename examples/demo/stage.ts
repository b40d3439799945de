import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.js';
import { superuser, superuserPassword } from '../../test/support/postgres-data.js';
import { type PostgresServer, startPostgres } from '../../test/support/postgres-server.js';
import { Customer } from './customer.js';
import { type ShopProcess, startShop } from './shop-process.js';

const PATIENCE_MS = 10_000;

/** What the demo plays with. It takes everything away again, whenever it is struck. */
export class Stage {
  readonly folder = temporaryFolder();
  #shop: Promise<ShopProcess | undefined> | undefined;
  #postgres: Promise<PostgresServer> | undefined;

  private constructor(readonly port: number) {}

  static async build(): Promise<Stage> {
    return new Stage(await freePort());
  }

  get postgresAddress(): string {
    return `127.0.0.1:${this.port}`;
  }

  get surroundings(): { folder: string; databaseUrl: string } {
    return { folder: this.folder, databaseUrl: `postgres://${superuser}:${superuserPassword}@${this.postgresAddress}/postgres` };
  }

  /** The SQLite file of the shop. */
  get sqliteFile(): string {
    return join(this.folder, 'shop.sqlite');
  }

  async openShop(): Promise<Customer> {
    this.#shop = startShop(this.surroundings);
    const shop = await this.#shop;
    if (shop === undefined) throw new Error('The shop did not open; its log says why.');
    return new Customer(shop.url);
  }

  async closeShop(): Promise<void> {
    await (await this.#shop)?.stop();
  }

  startPostgres(): Promise<PostgresServer> {
    this.#postgres ??= startPostgres({ port: this.port });
    return this.#postgres;
  }

  async strike(): Promise<void> {
    const ended = Promise.allSettled([this.closeShop(), this.#postgres?.then((postgres) => postgres.dispose())]);
    // What has not ended by then is killed when this process ends.
    await Promise.race([ended, sleep(PATIENCE_MS)]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Everything goes in here, the test server's own caches too; PostgreSQL runs as another user where the demo runs as root. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sr-demo-'));
  chmodSync(folder, 0o711);
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
