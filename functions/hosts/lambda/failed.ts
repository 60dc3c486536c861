import type { Delivery, Outcome } from '../../../adapters/core/driver.ts'
import { messageOf, WaybillError } from '../../../adapters/core/errors.ts'
import type { Logger } from '../../../adapters/core/observe.ts'

/** A delivery that the platform has to make again, and why. */
export interface Failed {
  readonly delivery: Delivery
  readonly outcome: Outcome | undefined
}

/** Those of a batch that the platform has to deliver again, in their order. */
export function failedOf(deliveries: readonly Delivery[], outcomes: readonly Outcome[]): Failed[] {
  const failed: Failed[] = []
  for (const [index, delivery] of deliveries.entries()) {
    const outcome = outcomes[index]
    if (outcome?.kind !== 'ack' && outcome?.kind !== 'term') failed.push({ delivery, outcome })
  }
  return failed
}

/**
 * The error of an invocation whose mapping takes no partial responses: a reported failure would be read as success there,
 * and the records would be lost. The log says so too.
 */
export function wholeBatchFailed(
  host: string,
  failed: readonly Failed[],
  all: number,
  logger: Logger | undefined,
): WaybillError {
  const cause = failed.map(({ outcome }) => (outcome?.kind === 'nack' ? outcome.cause : undefined))
  const first = cause.find((each) => each !== undefined)
  const why = first === undefined ? 'the time was up' : messageOf(first)
  logger?.error({ failed: failed.length, records: all, reason: why }, 'the whole batch comes again')
  return new WaybillError(
    'ERR_ABORTED',
    `${failed.length} of ${all} records are not handled (${why}), and the whole batch comes again: turn ` +
      'ReportBatchItemFailures on in the event source mapping, and "partialResponses" here',
    { adapter: host, cause: first },
  )
}
