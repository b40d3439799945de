import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { sep } from 'node:path';

type SequelizePackage = typeof import('sequelize');

/** The library's public names. */
export type Library = typeof import('../../src/index.js');

const require = createRequire(import.meta.url);

/** The packages whose code is loaded anew for each copy. `pg` and `sqlite3` are shared. */
const COPIED = ['sequelize', 'sequelize-pool'].map((name) => `${sep}node_modules${sep}${name}${sep}`);

// tsx turns them on, and then each stack that Sequelize reads would be mapped: work that no service does.
process.setSourceMapsEnabled(false);

/** Loads the package as it was built, which is what users have. Must come before any copy: an `import` binds to the first one. */
export async function loadLibrary(format: 'esm' | 'cjs'): Promise<Library> {
  const library = (format === 'esm' ? await import(builtFile('index.js')) : require(fileURLToPath(builtFile('index.cjs')))) as Library;
  const { Sequelize } = require('sequelize') as SequelizePackage;
  if (library.ResilientSequelize.prototype instanceof Sequelize) return library;
  throw new Error('Sequelize was loaded before the library was: something imports it as a value.');
}

/**
 * Loads a copy of Sequelize and makes something of it, e.g. an instance.
 *
 * The library wraps methods of the copy that it finds, and each use leaves its traces in the compiled code: a plain side that shared
 * the library's copy would not be what a service without the library has.
 */
export function withCopyOfSequelize<T>(make: (copy: SequelizePackage) => T): T {
  const libraryCopy = forgetCopy();
  try {
    // Sequelize loads a dialect when an instance is made, and must find its own (lib/sequelize.js).
    return make(require('sequelize') as SequelizePackage);
  } finally {
    forgetCopy();
    Object.assign(require.cache, libraryCopy);
  }
}

const builtFile = (name: string): string => new URL(`../../dist/${name}`, import.meta.url).href;

/** Takes the copy that is loaded out of Node's cache. */
function forgetCopy(): NodeJS.Dict<NodeJS.Module> {
  const entries = Object.entries(require.cache).filter(([path]) => COPIED.some((part) => path.includes(part)));
  for (const [path] of entries) Reflect.deleteProperty(require.cache, path);
  return Object.fromEntries(entries);
}
