import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/console.ts', 'test/support/postgres.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores: more files side by side only wait for each other.
    maxWorkers: 2,
    coverage: {
      include: ['src/**/*.ts'],
      exclude: ['src/sandbox/page/**'],
      // The process and its commands are tested as processes of their own, which leave theirs in NODE_V8_COVERAGE.
      autoAttachSubprocess: true,
      reporter: ['text-summary', 'json-summary'],
      thresholds: { lines: 90 },
    },
  },
});
