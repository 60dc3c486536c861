import { availableParallelism } from 'node:os'

/** @type {import('jest').Config} */
export default {
  // Much of this is waiting for servers and child processes.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  // Modules stay in a worker's memory after their file; with it go what servers a file has left.
  workerIdleMemoryLimit: '1GB',
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        sourceMaps: 'inline',
      },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  coverageProvider: 'v8',
  testTimeout: 20_000,
}
