import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Sequelize } from 'sequelize';
import { UsageError } from './usage-error.js';

/** Looked for in this order in the working directory. */
const FILE_NAMES = ['mjs', 'cjs', 'js', 'ts'].map((extension) => `sequelize-resilient.config.${extension}`);

/** What a configuration file may export; each is checked where it is used. */
export interface FileContents {
  /** A `ResilientConfig`, a `ResilientConnection`, or a function that gives one of them. */
  readonly connection?: unknown;
  /** What `createMigrator` takes. */
  readonly migrations?: unknown;
  /** Defines the models that the databases are compared with. */
  readonly models?: ((sequelize: Sequelize) => unknown) | undefined;
}

/** A configuration file that has been read, or what stands for it where there is none. */
export interface ConfigFile {
  /** Its absolute path. */
  readonly path: string | undefined;
  /** Where its relative globs count from: its directory, or the working directory where there is none. */
  readonly directory: string;
  readonly contents: FileContents;
}

const EXPORTS: readonly string[] = ['connection', 'migrations', 'models'] satisfies (keyof FileContents)[];

/**
 * Reads the file that was named, or the first of its usual names in the working directory; without one, nothing is configured.
 *
 * @throws UsageError where a file that was named is not there, can't be loaded, or exports something unknown
 */
export async function readConfigFile(named: string | undefined, cwd = process.cwd()): Promise<ConfigFile> {
  const file = named === undefined ? usualFile(cwd) : path.resolve(cwd, named);
  if (file === undefined) return { path: undefined, directory: cwd, contents: {} };
  if (!existsSync(file)) throw new UsageError(`--config: there is no file ${file}.`);
  return { path: file, directory: path.dirname(file), contents: contentsOf(file, await load(file)) };
}

function usualFile(cwd: string): string | undefined {
  return FILE_NAMES.map((name) => path.join(cwd, name)).find((file) => existsSync(file));
}

async function load(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw new UsageError(`The configuration file ${file} can't be loaded: ${whyNot(error, file)}`, error);
  }
}

/** Node 20 and 22.17 load no TypeScript; later ones only what is left when the types are taken out. */
const NO_TYPESCRIPT = ['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX', 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING'];

function whyNot(error: unknown, file: string): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const isTypeScript = /\.[cm]?ts$/.test(file);
  if (isTypeScript && NO_TYPESCRIPT.includes(String(code))) {
    return (
      `Node ${process.versions.node} by itself does not run this TypeScript. Install tsx and run the command with it ` +
      `(NODE_OPTIONS='--import tsx' npx sequelize-resilient …), or write the file as JavaScript (.mjs or .cjs).`
    );
  }
  return typeof message === 'string' ? message : String(error);
}

function contentsOf(file: string, namespace: object): FileContents {
  const exported = exportsOf(namespace);
  const strange = Object.keys(exported).filter((name) => !EXPORTS.includes(name));
  if (strange.length > 0) {
    throw new UsageError(`${file} exports ${strange.join(', ')}: a configuration file exports ${EXPORTS.join(', ')}, and nothing else.`);
  }
  const { models } = exported;
  if (models !== undefined && typeof models !== 'function') {
    throw new UsageError(`${file}: models must be a function (sequelize) => void that defines the models on that sequelize.`);
  }
  return exported;
}

/** What Node and compilers add to a module's names. */
const NOT_CONTENTS = ['default', 'module.exports', '__esModule'];

/** The named exports and what the default export holds. Compilers put a CommonJS module's default one level deeper. */
function exportsOf(namespace: object): Record<string, unknown> {
  const { default: outer } = namespace as { default?: unknown };
  const nested = isObject(outer) && '__esModule' in outer ? exportsOf(outer) : outer;
  const named = Object.entries(namespace).filter(([name]) => !NOT_CONTENTS.includes(name));
  return { ...Object.fromEntries(named), ...(isObject(nested) ? nested : {}) };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
