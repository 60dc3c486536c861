import type { Logger } from '../../adapters/index.ts'
import type { FunctionStatus } from '../../functions/hosts/worker.ts'

/** A function's status with its speed. */
export interface Progress extends FunctionStatus {
  /** Events settled for good, each second, lately. */
  readonly perSecond: number
}

/** How `waybill run` tells what happens: a table in a terminal, JSON lines elsewhere. */
export interface View {
  readonly logger: Logger
  /** Milliseconds between two calls of `progress`. */
  readonly everyMs: number
  /** `brokers`: name to URL, as it may be shown. */
  started(functions: readonly string[], brokers: Readonly<Record<string, string>>): void
  progress(functions: readonly Progress[]): void
  stopping(reason: string): void
  finished(functions: readonly FunctionStatus[], elapsedMs: number): void
  /** A line that a handler printed. */
  print(line: string): void
}
