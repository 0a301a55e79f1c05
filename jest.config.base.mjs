import process from 'node:process';

// One jest set-up for every package: TypeScript through swc, ES modules, tests beside the code they pin.
export const jestConfig = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testTimeout: 60_000,
  // Most of the time tests wait for blocks: two files at a time, also on two cores.
  maxWorkers: 2,
  // A test that fails may leave a chain or a bot behind, and CI must not wait for it. Elsewhere jest says what is left.
  forceExit: Boolean(process.env.CI),
};
