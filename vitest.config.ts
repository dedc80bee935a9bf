import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more files side by side only wait for each other.
    maxWorkers: 2,
    coverage: {
      include: ['src/**/*.ts'],
      // Commands are tested as processes of their own, where no coverage is taken.
      exclude: ['src/sandbox/page/**', 'src/main.ts', 'src/commands/**'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 80 },
    },
  },
});
