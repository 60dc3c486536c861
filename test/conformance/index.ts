/**
 * The conformance suite: what every broker keeps to, as plain data. Any test runner can run it against any adapter.
 * @module
 */
export { appliesTo, type Case, type Needs } from './case.ts'
export { cases } from './cases/index.ts'
export { ConformanceError } from './check.ts'
export { checklist } from './checklist.ts'
export type { Harness, Load, Wrap } from './harness.ts'
export { delegate } from './interpose.ts'
export { type Result, type RunOptions, runCase, runCases } from './run.ts'
export type { Trial } from './trial.ts'
