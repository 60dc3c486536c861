import type { Deliver, ReceiveOptions, Source } from '../core/driver.ts'
import { codeOf, messageOf } from '../core/errors.ts'
import type { Logger } from '../core/observe.ts'
import { onAbort } from '../core/on-abort.ts'
import { FanOutFeed, registerConsumer } from './fan-out.ts'
import { Backoff, pause } from './pause.ts'
import type { Place } from './placing.ts'
import { PollingFeed } from './polling.ts'
import { faultOf } from './problem.ts'
import { listShards } from './streams.ts'
import { Worker } from './worker.ts'

/**
 * Reads until the signal aborts. What fails for a moment is tried again, without end, once the service has answered; what
 * cannot become better by itself (no such stream or table, a permission that is missing) rejects.
 */
export async function read(
  place: Place,
  { start = 'earliest', group }: Source,
  deliver: Deliver,
  signal: AbortSignal,
  { prefetch, logger }: ReceiveOptions & { readonly logger: Logger | undefined },
): Promise<void> {
  const { client, topic } = place
  const { fanOut, consumerName = group, renewMs } = client.settings
  await listShards(client, topic)
  const consumer = fanOut ? await registerConsumer(client, topic, consumerName) : undefined
  if (signal.aborted) return
  let wake = new AbortController()
  let failure: { readonly error: unknown } | undefined
  const worker = new Worker({
    place,
    start,
    deliver,
    prefetch,
    logger,
    openFeed(shard, from) {
      const options = { client, topic, shard, from, logger }
      return consumer === undefined ? new PollingFeed(options) : new FanOutFeed(options, consumer)
    },
    onChange: () => wake.abort(),
    onFailure(error) {
      failure ??= { error }
      wake.abort()
    },
  })
  const forget = onAbort(signal, () => {
    worker.halt()
    wake.abort()
  })
  const backoff = new Backoff(100, Math.max(renewMs, 1_000))
  while (!signal.aborted && failure === undefined) {
    wake = new AbortController()
    try {
      await worker.turn()
      backoff.reset()
      if (!signal.aborted && failure === undefined) await pause(renewMs, wake.signal)
    } catch (error) {
      if (!passes(error)) failure ??= { error }
      else if (!signal.aborted) {
        const reason = messageOf(error)
        logger?.warn({ topic, group, reason }, '[kinesis] sharing out the shards failed: trying again')
        await backoff.wait(signal)
      }
    }
  }
  forget()
  const stopping = worker.stop()
  if (failure === undefined) return stopping
  // The first failure says why reading ended.
  await stopping.catch(() => {})
  throw failure.error
}

/** Also of what was explained already: the service could not be reached. */
function passes(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return faultOf(error).isPassing || (codeOf(error) !== 'ERR_NOT_FOUND' && faultOf(cause).isPassing)
}
