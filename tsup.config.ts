import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  target: 'node20',
  // There is one entry. With a second one this must be true, so that both share one copy, in CommonJS too.
  splitting: false,
  // `import.meta.url` in the CommonJS build.
  shims: true,
  clean: true,
  sourcemap: true,
  // tsup 8 sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
});
