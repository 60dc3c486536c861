import { WaybillError } from '../../../adapters/core/errors.ts'

/** What this reads of the second argument of a Lambda function. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number
}

/**
 * A signal that aborts `marginMs` before the platform ends the invocation, or when a quarter of the time is left where that
 * comes later: what is not settled by then is reported as such, instead of a time-out that repeats the whole batch.
 * `done` frees its timer; an environment that is frozen with a timer would fire it in the next invocation.
 */
export function deadlineOf(
  context: LambdaContext,
  marginMs: number,
): { readonly signal: AbortSignal; readonly done: () => void } {
  const leftMs = context.getRemainingTimeInMillis()
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), leftMs - Math.min(marginMs, leftMs / 4))
  return { signal: end.signal, done: () => clearTimeout(timer) }
}

/** Default of `marginMs`: time enough to cut handlers short and to answer. */
export const usualMarginMs = 1_000

/** Throws `ERR_CONFIG` where the margin is no number of milliseconds. */
export function checkMargin(host: string, marginMs: number): number {
  if (typeof marginMs === 'number' && Number.isFinite(marginMs) && marginMs >= 0) return marginMs
  throw new WaybillError('ERR_CONFIG', `"marginMs" is ${String(marginMs)}: use a number of 0 or more`, {
    adapter: host,
  })
}
