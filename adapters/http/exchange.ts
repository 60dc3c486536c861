import type { Clock } from '../core/clock.ts'
import { codeOf, messageOf, type WaybillError } from '../core/errors.ts'
import { onAbort } from '../core/on-abort.ts'
import type { Fetch } from './options.ts'
import { problem } from './problem.ts'

/** Of a longer answer the rest is not waited for: its head has decided. */
const longestAnswer = 1_048_576

export interface ExchangeOptions {
  readonly fetch: Fetch
  readonly timeoutMs: number
  readonly clock: Clock
}

/** An exchange that brought no whole answer: whether the receiver took the request is not known. */
export interface Unanswered {
  readonly error: WaybillError
}

/**
 * Sends a request and waits for its whole answer, which is not kept. Redirects are not followed. Never rejects.
 * `place` names the request in errors.
 */
export async function exchange(
  place: string,
  url: string,
  init: RequestInit,
  { fetch, timeoutMs, clock }: ExchangeOptions,
  signal?: AbortSignal,
): Promise<Response | Unanswered> {
  const abort = new AbortController()
  let isLate = false
  const cancel = clock.after(timeoutMs, () => {
    isLate = true
    abort.abort()
  })
  const forget = signal && onAbort(signal, () => abort.abort())
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: abort.signal })
    await drain(response)
    // The platform frees the connection later in this turn: what began now would open another. Requests that begin
    // together in the next turn are a fifth faster than those that each begin where another ends.
    await nextTurn()
    return response
  } catch (cause) {
    if (isLate) {
      const text = `${place} took longer than ${timeoutMs} ms: it may have arrived; raise "timeoutMs", or look at the receiver`
      return { error: problem('ERR_TIMEOUT', text) }
    }
    const text = `${place} got no whole answer (${reasonOf(cause)}): look at the receiver and the way to it`
    return { error: problem('ERR_PUBLISH', text, cause) }
  } finally {
    cancel()
    forget?.()
  }
}

let turn: Promise<void> | undefined

/** One promise for all that wait in the same turn of the event loop. */
function nextTurn(): Promise<void> {
  turn ??= new Promise((resolve) => {
    const begin = () => {
      turn = undefined
      resolve()
    }
    if (typeof setImmediate === 'function') setImmediate(begin)
    else setTimeout(begin, 0)
  })
  return turn
}

/** Reads an answer to its end, so that its connection serves again and a broken one is noticed. */
async function drain({ body }: Response): Promise<void> {
  if (body === null) return
  // Faster than arrayBuffer(), and what a small answer unpacks to stays bounded.
  const reader = body.getReader()
  let read = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    read += part.value.byteLength
    if (read > longestAnswer) {
      await reader.cancel()
      return
    }
  }
}

/**
 * The platform's code of a failure, such as ECONNREFUSED, or its phrase, such as "bad port". Other messages may quote what
 * was sent.
 */
function reasonOf(cause: unknown): string {
  const inner = typeof cause === 'object' && cause !== null && 'cause' in cause ? cause.cause : undefined
  const phrase = inner === undefined ? '' : messageOf(inner)
  return codeOf(inner) ?? codeOf(cause) ?? (/^[a-z ]{3,30}$/.test(phrase) ? phrase : 'no reason given')
}
