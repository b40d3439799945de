import { defineConfig, type Options } from 'tsup';

/** Entries take what they need of each other from the builds beside them: a second copy would have other error classes. */
const entriesBeside: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'entries-beside',
  setup: (build) => {
    const extension = build.initialOptions.format === 'cjs' ? 'cjs' : 'js';
    build.onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({ path: `./index.${extension}`, external: true }));
    build.onResolve({ filter: /^\.\.\/migrations\/index\.js$/ }, () => ({ path: `./migrations.${extension}`, external: true }));
  },
};

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    metrics: 'src/metrics/index.ts',
    migrations: 'src/migrations/index.ts',
    testing: 'src/testing/index.ts',
    cli: 'src/cli/main.ts',
  },
  format: ['esm', 'cjs'],
  target: 'node20',
  // Each entry is one file; eslint sees to it that the others take nothing but types from elsewhere than an entry.
  // Splitting would send CommonJS through a transformation that names classes anew, and errors after them ('_class' for
  // 'DatabaseUnavailableError').
  splitting: false,
  esbuildPlugins: [entriesBeside],
  // `import.meta.url` in the CommonJS build.
  shims: true,
  clean: true,
  sourcemap: true,
  // tsup 8 sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
