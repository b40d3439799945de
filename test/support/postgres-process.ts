import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.js';
import { queryOnce } from './postgres-query.js';
import { guardProcess } from './process-guard.js';
import { allGone, childrenOf, continueTree, isAlive, isStopped, killTree, signal, stopTree } from './process-tree.js';
import { serverEnvironment, serverUser } from './server-user.js';
import { removeSharedMemory } from './shared-memory.js';
import { waitFor } from './wait-for.js';

// No synchronous_commit=off: a commit would be answered before its WAL leaves shared memory, and kill() would lose it. Without fsync
// it costs only a write.
const defaultSettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '100',
  // Files in the data folder instead of /dev/shm: a killed server leaves nothing outside its folder.
  dynamic_shared_memory_type: 'mmap',
};

const stopSignals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

interface ProcessOptions {
  readonly binaries: PostgresBinaries;
  /** Holds `data`, the log and the Unix socket; removed by `dispose`. */
  readonly folder: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** The postmaster of one data folder through its starts, stops, freezes and deaths. */
export class PostgresProcess {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #options: ProcessOptions;
  #postmaster: ChildProcess | undefined;
  #disposed = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.port = options.port;
  }

  get pid(): number {
    return this.#postmaster?.pid ?? 0;
  }

  get running(): boolean {
    const postmaster = this.#postmaster;
    return postmaster?.pid !== undefined && postmaster.exitCode === null && postmaster.signalCode === null;
  }

  async start(): Promise<void> {
    if (this.#disposed) throw new Error('this PostgreSQL server is disposed, so it cannot start again');
    if (!this.running) this.#postmaster = this.#spawn();
    await this.#answers();
  }

  async stop(mode: keyof typeof stopSignals): Promise<void> {
    if (!this.running) return;
    await this.thaw();
    const pids = [this.pid, ...childrenOf(this.pid)];
    signal(this.pid, stopSignals[mode]);
    await this.#ended(pids);
  }

  async kill(): Promise<void> {
    if (this.running) await this.#ended(killTree(this.pid));
  }

  async freeze(): Promise<void> {
    if (this.running) await this.#frozen(stopTree(this.pid));
  }

  async freezePostmaster(): Promise<void> {
    if (!this.running) return;
    signal(this.pid, 'SIGSTOP');
    await this.#frozen([this.pid]);
  }

  async thaw(): Promise<void> {
    if (!this.running) return;
    const pids = [this.pid, ...childrenOf(this.pid)];
    continueTree(this.pid);
    await waitFor(() => !pids.some(isStopped), { what: `PostgreSQL's processes ${pids.join(', ')} to run again` });
  }

  log(): string {
    const file = this.#logFile;
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.kill();
    removeSharedMemory(this.#options.folder);
    await rm(this.#options.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  get #logFile(): string {
    return join(this.#options.folder, 'server.log');
  }

  get #dataFolder(): string {
    return join(this.#options.folder, 'data');
  }

  #spawn(): ChildProcess {
    const { binaries, folder } = this.#options;
    const logFile = openSync(this.#logFile, 'a');
    const postmaster = spawn(join(binaries.folder, 'postgres'), this.#arguments(), {
      ...serverUser,
      cwd: folder,
      env: serverEnvironment,
      stdio: ['ignore', logFile, logFile],
    });
    closeSync(logFile);
    this.#guard(postmaster);
    return postmaster;
  }

  #guard(postmaster: ChildProcess): void {
    // An 'error' here means that it never ran, which shows as `running` being false.
    postmaster.once('error', () => undefined);
    postmaster.unref();
    if (postmaster.pid === undefined) return;
    postmaster.once('exit', guardProcess(postmaster.pid, this.#options.folder));
  }

  #arguments(): string[] {
    const settings = Object.entries({ ...defaultSettings, ...this.#options.settings });
    return [
      ...['-D', this.#dataFolder, '-h', this.host, '-p', String(this.port), '-k', this.#options.folder],
      ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ];
  }

  async #answers(): Promise<void> {
    const options = { timeoutMs: 30_000, what: `PostgreSQL on port ${this.port} to answer` };
    const answer = await waitFor(async () => (this.running ? await this.#isOurs() : 'ended'), options);
    if (answer === 'ended') throw new Error(`PostgreSQL did not start on port ${this.port}:\n${this.log().slice(-2000)}`);
  }

  /** Whether the server that answers is this one: when the port was taken, a stranger with the same password answers. */
  async #isOurs(): Promise<boolean> {
    const [row] = await queryOnce<{ data_directory: string }>(this.port, 'postgres', 'SHOW data_directory', [], 2000);
    return row?.data_directory === this.#dataFolder;
  }

  async #ended(pids: readonly number[]): Promise<void> {
    await waitFor(() => !this.running, { timeoutMs: 20_000, what: `PostgreSQL's postmaster ${this.pid} to end` });
    await allGone(pids);
  }

  async #frozen(pids: readonly number[]): Promise<void> {
    await waitFor(() => pids.every((pid) => isStopped(pid) || !isAlive(pid)), {
      what: `PostgreSQL's processes ${pids.join(', ')} to stop`,
    });
  }
}
