import type { Plugin } from 'esbuild'
import type { ParameterType } from '../../adapters/core/connect.ts'
import { httpTarget } from './hosts/http.ts'
import { lambdaKafkaTarget } from './hosts/lambda-kafka.ts'
import { lambdaKinesisTarget } from './hosts/lambda-kinesis.ts'
import { workerTarget } from './hosts/worker.ts'

/** A host as the build knows it: what it can run, and the end of an entry for it. */
export interface Target {
  /** Schemes of the brokers whose events the platform brings. Absent: the function reads its broker itself. */
  readonly sources?: readonly string[]
  /** Options by which the platform's messages are read, beside those of every binding. */
  readonly binding?: Readonly<Record<string, ParameterType>>
  /** What the platform calls, in its own spelling. Absent: the module is a program. */
  readonly handler?: string
  /**
   * The code behind what every entry has, which defines `fn` (name, handler, policy, middleware, logger) and `source`; for
   * platforms `binding`, `outlets` (sink and dead letter) and `hosts` (settings by host), for others `sink` and `brokers` (by name, each opened when it is called).
   */
  readonly code: string
  /** Plugins of esbuild that leave out what it has no use for. */
  readonly plugins?: readonly Plugin[]
  /** Files beside the bundle, by name. */
  readonly files?: Readonly<Record<string, string>>
}

export const targets = {
  'lambda-kinesis': lambdaKinesisTarget,
  'lambda-kafka': lambdaKafkaTarget,
  http: httpTarget,
  worker: workerTarget,
} as const satisfies Readonly<Record<string, Target>>

export type HostName = keyof typeof targets

export const hostNames = [
  'lambda-kinesis',
  'lambda-kafka',
  'http',
  'worker',
] as const satisfies readonly HostName[]
