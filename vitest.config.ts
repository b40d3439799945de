import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores carry two PostgreSQL servers and their clients; more files at once only measure the machine.
    maxWorkers: 2,
    typecheck: { enabled: false },
  },
});
