import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { freePort } from '../support/free-port.js';
import { prometheusBinaries } from '../support/prometheus-binaries.js';
import { tempFolder } from '../support/temp-folder.js';
import { waitFor } from '../support/wait-for.js';

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

/** A series of an answer, with its values over time. */
export interface Answered {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** Serves what a registry has at `/metrics`, as a service would. */
export async function serveMetrics(registry: Registry): Promise<{ address: string; close: () => Promise<void> }> {
  const server: Server = createServer((_request, response) => {
    void registry.metrics().then((text) => response.setHeader('Content-Type', registry.contentType).end(text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

/** A real Prometheus that scrapes and evaluates rules every second. */
export class Prometheus {
  private constructor(
    private readonly process: ChildProcess,
    private readonly url: string,
    private readonly log: () => string,
  ) {}

  static async start(rules: string, targets: readonly string[]): Promise<Prometheus> {
    const binaries = await prometheusBinaries();
    if (binaries instanceof Error) throw binaries;
    const folder = tempFolder();
    const port = await freePort();
    writeFileSync(join(folder, 'rules.yml'), rules);
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'services', honor_labels: true, static_configs: [{ targets }] }],
    };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const listen = `127.0.0.1:${port}`;
    const args = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=${listen}`, '--log.level=warn'];
    const child = spawn(binaries.prometheus, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const prometheus = new Prometheus(child, `http://${listen}`, () => log);
    try {
      await waitFor(async () => (await fetch(`http://${listen}/-/ready`)).ok, { what: 'Prometheus to be ready', timeoutMs: 60_000 });
    } catch (error) {
      await prometheus.stop();
      throw new Error(log, { cause: error });
    }
    return prometheus;
  }

  async alerts(): Promise<readonly Alert[]> {
    return (await this.#ask<{ alerts: Alert[] }>('alerts')).alerts;
  }

  /** An instant query, or one over the last seconds with a value for each. */
  async query(query: string, lastSeconds?: number): Promise<readonly Answered[]> {
    const end = Date.now() / 1000;
    const range = lastSeconds === undefined ? {} : { start: String(end - lastSeconds), end: String(end), step: '1' };
    const path = lastSeconds === undefined ? 'query' : 'query_range';
    const { result } = await this.#ask<{ result: { metric: Answered['metric']; value?: [number, string]; values?: [number, string][] }[] }>(
      `${path}?${new URLSearchParams({ query, ...range }).toString()}`,
    );
    return result.map(({ metric, value, values }) => ({
      metric,
      values: (values ?? (value === undefined ? [] : [value])).map(([, text]) => Number(text)),
    }));
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'close');
    this.process.kill('SIGKILL');
    await ended;
  }

  /** Also of rules that could not be evaluated. */
  warnings(): string {
    return this.log();
  }

  async #ask<Data>(path: string): Promise<Data> {
    const answer = (await (await fetch(`${this.url}/api/v1/${path}`)).json()) as { status: string; data: Data; error?: string };
    if (answer.status !== 'success') throw new Error(`${decodeURIComponent(path)}: ${answer.error ?? answer.status}`);
    return answer.data;
  }
}
