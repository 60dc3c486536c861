import type { Delivery } from '../../adapters/core/driver.ts'
import type { Context } from '../../adapters/core/handler.ts'

/** What a test wants otherwise than {@link contextFor} has it. */
export interface ContextChanges extends Partial<Omit<Context, 'delivery'>> {
  readonly delivery?: Partial<Delivery> | undefined
}

/** A context as a handler gets it: `await handler(event, contextFor())`. */
export function contextFor({ delivery, ...changes }: ContextChanges = {}): Context {
  const { signal = new AbortController().signal, attempt = 1, logger, onEnd = () => {} } = changes
  const message = { body: null, headers: {} }
  return {
    attempt,
    signal,
    logger,
    onEnd,
    delivery: { message, topic: 'test', attempt, signal, native: undefined, ...delivery },
  }
}

/** The second argument of a Lambda function, with that much time left. */
export function lambdaContext(leftMs = 30_000): { getRemainingTimeInMillis(): number } {
  const end = Date.now() + leftMs
  return { getRemainingTimeInMillis: () => Math.max(0, end - Date.now()) }
}
