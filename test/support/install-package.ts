import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../package.json';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

/** Gives a folder the package as it is published, what this checkout has of its peers and dependencies, and the packages named. */
export async function installPackage(folder: string, others: readonly string[] = []): Promise<void> {
  const modules = path.join(folder, 'node_modules');
  const own = path.join(modules, manifest.name);
  await mkdir(own, { recursive: true });
  await cp(path.join(root, 'package.json'), path.join(own, 'package.json'));
  await cp(path.join(root, 'docs/monitoring'), path.join(own, 'docs/monitoring'), { recursive: true });
  for (const name of ['pg', 'sequelize', 'sqlite3', ...Object.keys(manifest.dependencies), ...others]) {
    await symlink(path.join(root, 'node_modules', name), path.join(modules, name));
  }
  const tsup = path.join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js');
  await run(process.execPath, [tsup, '--no-dts', '--silent', '--out-dir', path.join(own, 'dist')], { cwd: root });
}
