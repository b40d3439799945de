import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores carry two PostgreSQL servers and their clients; more files at once only measure the machine.
    maxWorkers: 2,
    // What the surroundings of a run say of themselves decides whether SQLite may be used: a test sets what it is about.
    env: { CI: '', KUBERNETES_SERVICE_HOST: '' },
    typecheck: { enabled: false },
  },
});
