import type { Delivery } from './driver.ts'
import type { Warning } from './leniency.ts'

/** The call shape of pino: fields first, then a sentence. Any logger with these four methods fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** What the runner reports for metrics: one observation for each thing that happened to a delivery. */
export type Observation =
  /** `lagMs`: time between the broker storing the message and its first handling here. */
  | { readonly kind: 'received'; readonly delivery: Delivery; readonly lagMs?: number | undefined }
  /** The message was read under a leniency. Reported at the first attempt, before the handler runs. */
  | { readonly kind: 'warned'; readonly delivery: Delivery; readonly warning: Warning }
  /** `durationMs`: of the successful attempt, with publishing what it returned. `emitted`: events published. */
  | {
      readonly kind: 'handled'
      readonly delivery: Delivery
      readonly attempt: number
      readonly durationMs: number
      readonly emitted: number
    }
  /** An attempt failed and another will follow after `delayMs`. */
  | {
      readonly kind: 'retried'
      readonly delivery: Delivery
      readonly attempt: number
      readonly delayMs: number
      readonly cause: unknown
    }
  /** Nothing was tried, since what has to be asked before the handler cannot be used; tried after `delayMs`, uncounted. */
  | {
      readonly kind: 'held'
      readonly delivery: Delivery
      readonly delayMs: number
      readonly cause: unknown
    }
  | {
      readonly kind: 'dead-lettered'
      readonly delivery: Delivery
      readonly attempt: number
      readonly cause: unknown
    }
  /** Publishing the dead letter failed; it is tried again, the original stays unacknowledged. */
  | { readonly kind: 'dead-letter-failed'; readonly delivery: Delivery; readonly cause: unknown }
  /** Exhausted or terminal, and the policy says `deadLetter: false`. */
  | {
      readonly kind: 'dropped'
      readonly delivery: Delivery
      readonly attempt: number
      readonly cause: unknown
    }
  /** Given back untried or unfinished; it will be delivered again. */
  | { readonly kind: 'released'; readonly delivery: Delivery }

/** Called synchronously on the hot path: count and return. What it throws is logged and otherwise ignored. */
export type Observe = (observation: Observation) => void
