import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installPackage } from '../support/install-package.js';
import { tempFolder } from '../support/temp-folder.js';

/** As on a developer's machine, whatever runs the tests. */
const ENVIRONMENT = { ...process.env, NODE_ENV: '', CI: '', VITEST: '', DEBUG: '' };

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly exit: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface JsonEnded {
  readonly exit: Ended['exit'];
  readonly document: unknown;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

/** The package as it is published, in a folder of its own. */
export class InstalledCli {
  private constructor(
    private readonly folder: string,
    private readonly nodeArgs: readonly string[],
  ) {}

  static async install(): Promise<InstalledCli> {
    const folder = tempFolder();
    await installPackage(folder, ['umzug']);
    return new InstalledCli(folder, [path.join(folder, 'node_modules/sequelize-resilient/dist/cli.js')]);
  }

  /** The same with something else than node alone to run it. */
  with(...nodeArgs: readonly string[]): InstalledCli {
    return new InstalledCli(this.folder, [...nodeArgs, ...this.nodeArgs]);
  }

  /** Makes a service's folder with these files, in which the package can be imported. */
  project(files: Readonly<Record<string, string>>): string {
    const project = mkdtempSync(path.join(this.folder, 'service-'));
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(project, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    return project;
  }

  /** What runs it, for a shell. */
  commandOf(args: readonly string[]): { readonly words: readonly string[]; readonly env: NodeJS.ProcessEnv } {
    return { words: [process.execPath, ...this.nodeArgs, ...args], env: ENVIRONMENT };
  }

  /** Starts it in a folder. */
  start(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
    return started(cwd, [...this.nodeArgs, ...args], env);
  }

  /** Runs a program of the service. */
  node(cwd: string, file: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return started(cwd, [file], env).ended;
  }

  /** Runs it in a folder to its end. */
  run(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return this.start(cwd, args, env).ended;
  }

  /** Runs it with `--json` and reads its document. */
  async json(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<JsonEnded> {
    const { exit, stdout, stderr } = await this.run(cwd, [...args, '--json'], env);
    return { exit, document: JSON.parse(stdout) as unknown, stderr };
  }
}

function started(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv): Started {
  const child = spawn(process.execPath, args, { cwd, env: { ...ENVIRONMENT, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => ({ exit: (code ?? signal) as Ended['exit'], stdout, stderr }));
  return { process: child, ended };
}
