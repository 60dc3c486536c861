import type { Delivery, Outcome } from '../../../adapters/core/driver.ts'
import { messageOf, WaybillError } from '../../../adapters/core/errors.ts'
import type { Logger } from '../../../adapters/core/observe.ts'

/** One delivery of an invocation, and what became of it. */
export interface Settled {
  readonly delivery: Delivery
  readonly outcome: Outcome | undefined
}

/** True where the platform has to deliver it again. */
export function comesAgain({ outcome }: Settled): boolean {
  return outcome?.kind !== 'ack' && outcome?.kind !== 'term'
}

/**
 * The error of an invocation whose mapping takes no partial responses: a reported failure would be read as success there,
 * and the records would be lost. The log says so too.
 */
export function wholeBatchFailed(
  host: string,
  failed: readonly Settled[],
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
