import { defineConfig } from 'vitest/config';

const report = process.env['MILLRACE_TEST_REPORT'];

export default defineConfig({
  resolve: {
    conditions: ['source'],
    // graphql 16 ships CommonJS and .mjs: Vite picks .mjs, packages left to Node (Pothos, Yoga) pick CommonJS, and graphql refuses
    // values of "another module or realm". With this both are the same file.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  // Vitest's name for where global-setup.ts runs.
  environments: { __vitest__: { resolve: { conditions: ['source'], noExternal: [/^#/] } } },
  // Also becomes `--conditions` of the test processes, and so of what they fork.
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    pool: 'forks',
    // The services and the processes that tests start want their share of a small machine.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    // Conditions are waited for, and a busy machine may take its time to meet them; the second of the default is not enough.
    expect: { poll: { timeout: 20_000, interval: 25 } },
    setupFiles: ['test/support/file-setup.ts'],
    // Where a continuous integration reads the outcome.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    // A focused test must not make a run green.
    allowOnly: false,
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: ['test/{unit,contract}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          // One process reads the program once for all of its files: half of the time went there. Whatever lives longer than a file is an
          // app, a server or a process, and each file ends its own: `file-setup.ts` looks.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: ['test/{unit,contract}/**'],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
