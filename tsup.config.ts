import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', testing: 'src/testing/index.ts' },
  format: ['esm', 'cjs'],
  target: 'node20',
  // The entries share nothing but types (eslint sees to it), so each is one file. Splitting would send CommonJS through a
  // transformation that names classes anew, and errors after them ('_class' for 'DatabaseUnavailableError').
  splitting: false,
  // `import.meta.url` in the CommonJS build.
  shims: true,
  clean: true,
  sourcemap: true,
  // tsup 8 sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
