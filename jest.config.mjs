const shared = {
  transform: { '^.+\\.ts$': ['ts-jest', {}] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
};

/** @type {import('jest').Config} */
export default {
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{protocol,program,server,client,tools}/**/*.test.ts', '<rootDir>/*.test.ts'],
    },
  ],
};
