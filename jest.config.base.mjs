import process from 'node:process';
import { fileURLToPath } from 'node:url';

const beside = name => fileURLToPath(new URL(`jest/${name}`, import.meta.url));

/** Of every package: TypeScript through swc, ES modules, in Node itself, tests beside the code they pin. */
export const packageConfig = {
  runtime: beside('NativeRuntime.cjs'),
  testEnvironment: beside('NativeEnvironment.cjs'),
  transform: {},
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
};

/** Of a run of all packages. */
export const runConfig = {
  testTimeout: 150_000,
  testSequencer: beside('LongestFirst.mjs'),
  // Tests wait for blocks much of the time: five files at a time keep the usual two cores busy.
  maxWorkers: 5,
  // A test that fails may leave a chain or a bot behind, and CI must not wait for it. Elsewhere jest says what is left.
  forceExit: Boolean(process.env.CI),
};

/** Of a run of one package. */
export const jestConfig = { ...packageConfig, ...runConfig, maxWorkers: 3 };
