import { defineConfig, type Options } from 'tsup';

/** The entry for tests takes what it needs of the main one from that one's build beside it: a second copy would have other error classes. */
const mainEntryBeside: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'main-entry-beside',
  setup: (build) => {
    const path = build.initialOptions.format === 'cjs' ? './index.cjs' : './index.js';
    build.onResolve({ filter: /^\.\.\/index\.js$/ }, () => ({ path, external: true }));
  },
};

export default defineConfig({
  entry: { index: 'src/index.ts', testing: 'src/testing/index.ts' },
  format: ['esm', 'cjs'],
  target: 'node20',
  // Each entry is one file; eslint sees to it that the one for tests takes nothing but types from elsewhere than the main entry.
  // Splitting would send CommonJS through a transformation that names classes anew, and errors after them ('_class' for
  // 'DatabaseUnavailableError').
  splitting: false,
  esbuildPlugins: [mainEntryBeside],
  // `import.meta.url` in the CommonJS build.
  shims: true,
  clean: true,
  sourcemap: true,
  // tsup 8 sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
