import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { allGone, isAlive } from './support/process-tree.js';
import { waitFor } from './support/wait-for.js';

const program = `
  import { startPostgres } from ${JSON.stringify(fileURLToPath(new URL('./support/postgres-server.ts', import.meta.url)))};
  import { childrenOf } from ${JSON.stringify(fileURLToPath(new URL('./support/process-tree.ts', import.meta.url)))};
  const server = await startPostgres();
  const [{ data_directory }] = await server.query('SHOW data_directory');
  console.log(JSON.stringify({ pids: [server.pid, ...childrenOf(server.pid)], data_directory }));
`;

it.each([
  { death: 'is killed', after: 'await new Promise(() => setInterval(() => undefined, 1000))', signal: 'SIGKILL' as const },
  { death: 'is terminated', after: 'await new Promise(() => setInterval(() => undefined, 1000))', signal: 'SIGTERM' as const },
  { death: 'throws', after: 'throw new Error("crash")' },
  { death: 'ends with a frozen server', after: 'await server.freeze(); process.exit(0)' },
])('no server and no folder is left when its process $death', async ({ after, signal }) => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', `${program}\n${after}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await waitFor(() => printed.includes('\n'), { timeoutMs: 25_000, what: 'the program to start its server' });
  const { pids, data_directory } = JSON.parse(printed) as { pids: number[]; data_directory: string };
  if (signal) {
    expect(isAlive(pids[0] ?? 0)).toBe(true);
    child.kill(signal);
  }
  await allGone(pids);
  await waitFor(() => !existsSync(data_directory), { what: 'the folder to be removed' });
});
