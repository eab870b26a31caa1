const shared = {
  transform: { '^.+\\.ts$': ['ts-jest', {}] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
};

/** Of tests that run programs. */
const withPrograms = { testEnvironment: '<rootDir>/tests/support/program_environment.mjs' };

/** @type {import('jest').Config} */
export default {
  testTimeout: 60_000,
  // Most tests wait for programs and disks: on two processors three at once take less time than two. In one process for
  // all, what each leaves in memory slows down those behind it, some by five times.
  maxWorkers: 3,
  workerIdleMemoryLimit: '1GB',
  // Threads and processes under test run the compiled code: it is built once, before all tests.
  globalSetup: '<rootDir>/tests/support/build.mjs',
  testSequencer: '<rootDir>/tests/support/test_sequencer.mjs',
  reporters: ['default', '<rootDir>/tests/support/tally_reporter.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [
        '<rootDir>/{protocol,program,transparency,server,client,control,tools,bench,tests/rules}/**/*.test.ts',
      ],
    },
    {
      ...shared,
      ...withPrograms,
      displayName: 'system',
      testMatch: ['<rootDir>/tests/system/**/*.test.ts'],
    },
    {
      ...shared,
      ...withPrograms,
      displayName: 'faults',
      testMatch: ['<rootDir>/tests/{faults,simulation}/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'containers',
      testMatch: ['<rootDir>/tests/containers/**/*.test.ts'],
      globalSetup: '<rootDir>/tests/containers/prepare.ts',
    },
  ],
};
