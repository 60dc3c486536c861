import { createHash, randomUUID } from 'node:crypto'
import { type Clock, sleep, systemClock } from '../../adapters/core/clock.ts'
import { messageOf, WaybillError } from '../../adapters/core/errors.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import type { Context, HandlerResult, Middleware } from '../../adapters/core/handler.ts'
import type { IdempotencyStore } from './store.ts'

export interface IdempotencyOptions {
  /** Whose work is noted, usually the function's name: others that share the store handle the same event once each. */
  readonly scope: string
  /**
   * How long an attempt holds its claim unless it is prolonged, which happens three times in that while. A process that dies
   * keeps others from the event for so long. In milliseconds, 1 000 or more. Default 30 000.
   */
  readonly leaseMs?: number | undefined
  /**
   * How long it is known that an event was handled: at least as long as the broker can deliver it again, so its retention.
   * In milliseconds, no less than `leaseMs`. Default 7 days.
   */
  readonly keepMs?: number | undefined
  /** What makes two events the same. Default: `source` and `id`, which CloudEvents makes unique together. */
  readonly key?: ((event: CloudEvent) => string) | undefined
  readonly clock?: Clock | undefined
}

const week = 7 * 24 * 3_600_000
const firstLookMs = 50
const longestLookMs = 1_000
const longestCheckMs = 20_000

/**
 * Handles each event once, as far as that can be: an event that was handled is acknowledged without the handler; one that
 * somebody else handles is waited for, never acknowledged, for the other may fail. What the handler returned is confirmed by
 * the sink before the event counts as handled.
 *
 * Between an effect and its note a process can die, and then the effect comes twice: where that matters, make both in one
 * transaction.
 *
 * While the store cannot be asked, events are held and no attempt is counted; `check` of the middleware tells it beforehand.
 *
 * Waiting is a part of the attempt: keep `leaseMs` below `policy.timeoutMs` times `policy.maxAttempts`, so that an event whose
 * process died is not given up before its lease ends.
 *
 * Throws `ERR_CONFIG` for options out of range.
 */
export function idempotent(store: IdempotencyStore, options: IdempotencyOptions): Middleware {
  const { scope, leaseMs = 30_000, keepMs = week, key: keyOf = identity, clock = systemClock } = options
  if (typeof scope !== 'string' || scope === '')
    throw problem('"scope" is missing: give the name of the function')
  if (!(leaseMs >= 1_000)) throw problem(`"leaseMs" is ${leaseMs}: use 1000 or more`)
  if (!(keepMs > 0)) throw problem(`"keepMs" is ${keepMs}: use a number above 0`)
  if (keepMs < leaseMs)
    throw problem(`"keepMs" (${keepMs}) is below "leaseMs" (${leaseMs}): a claim must not outlast its note`)

  return Object.assign(once, { check })

  async function once(...[event, context, next]: Parameters<Middleware>): Promise<HandlerResult> {
    // Before the handler can change the event.
    const key = hash(scope, keyOf(event))
    const owner = randomUUID()
    const ask = asking(context)
    if (!(await claimed(ask, key, owner, context.signal))) return undefined
    // The attempt was over before the store answered: another may begin, so this one must not.
    if (context.signal.aborted) await store.release(key, owner)
    context.signal.throwIfAborted()
    const lost = new AbortController()
    const lease = keep(key, owner, context, lost)
    let isRunning = true
    context.onEnd(async (failure) => {
      lease.end()
      if (failure === undefined) return complete(key, owner, context)
      // A handler that was cut short may still have effects: nobody else begins before it ends, or its lease does.
      if (!isRunning) await store.release(key, owner)
    })
    try {
      return await next(event, { ...context, signal: AbortSignal.any([context.signal, lost.signal]) })
    } finally {
      isRunning = false
      if (context.signal.aborted) await store.release(key, owner)
    }
  }

  /** Where the note fails the attempt has, and the next one need not wait for the lease to end. */
  async function complete(key: string, owner: string, { logger }: Context): Promise<void> {
    let isNoted: boolean
    try {
      isNoted = await store.complete(key, owner, keepMs)
    } catch (error) {
      await giveBack(key, owner, logger)
      throw error
    }
    if (isNoted) return
    throw new WaybillError(
      'ERR_ABORTED',
      'the attempt outlived its lease, and another has begun: raise "leaseMs"',
      { adapter: 'idempotency' },
    )
  }

  /** Claims for one attempt. What fails, or takes until the attempt's time ends, is no fault of the event. */
  function asking(context: Context): IdempotencyStore['claim'] {
    let asks = false
    context.onEnd((failure) => {
      if (asks && failure !== undefined) throw unavailable(failure.error)
    })
    return async (...call) => {
      asks = true
      try {
        return await store.claim(...call)
      } catch (error) {
        // It may have been made, and its answer lost: the next attempt has another owner.
        const [key, owner] = call
        await giveBack(key, owner, context.logger)
        throw unavailable(error)
      } finally {
        asks = false
      }
    }
  }

  /** Where that fails, the claim ends with its lease. */
  async function giveBack(key: string, owner: string, logger: Context['logger']): Promise<void> {
    await store.release(key, owner).catch((cause: unknown) => {
      logger?.warn({ reason: messageOf(cause) }, 'the claim of the event could not be given back')
    })
  }

  /** Bounded: a network that lets nothing through says nothing either. */
  async function check(): Promise<void> {
    let cancel = () => {}
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(longestCheckMs, () => {
        const text = `the store of handled events does not answer in ${longestCheckMs} ms: check its address and the network`
        reject(new WaybillError('ERR_STORE', text, { adapter: 'idempotency' }))
      })
    })
    try {
      await Promise.race([store.check?.(), late])
    } finally {
      cancel()
    }
  }

  /** False where the event was handled before. Waits for whoever handles it now. */
  async function claimed(
    claimBy: IdempotencyStore['claim'],
    key: string,
    owner: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (let waitMs = firstLookMs; ; waitMs = Math.min(2 * waitMs, longestLookMs)) {
      signal.throwIfAborted()
      const claim = await claimBy(key, owner, leaseMs)
      if (claim.state === 'claimed') return true
      if (claim.state === 'done') return false
      await sleep(clock, Math.max(1, Math.min(waitMs, claim.untilMs - clock.now())), [signal])
    }
  }

  /** Prolongs the lease while the attempt runs. Where it is lost, the attempt's signal aborts. */
  function keep(key: string, owner: string, { logger }: Context, lost: AbortController) {
    let cancel = clock.after(leaseMs / 3, prolong)
    let ended = false

    async function prolong(): Promise<void> {
      try {
        if (ended) return
        if (!(await store.renew(key, owner, leaseMs)) && !ended) {
          const text = 'the lease of the event was lost, and another may have begun: raise "leaseMs"'
          lost.abort(new WaybillError('ERR_ABORTED', text, { adapter: 'idempotency' }))
          return
        }
      } catch (error) {
        // The lease still holds for a while, and the next look may find the store again.
        logger?.warn({ reason: messageOf(error) }, 'the lease of the event could not be prolonged')
      }
      if (!ended) cancel = clock.after(leaseMs / 3, prolong)
    }

    return {
      end() {
        ended = true
        cancel()
      },
    }
  }
}

function identity({ source, id }: CloudEvent): string {
  return `${source}\0${id}`
}

function hash(scope: string, key: string): string {
  return createHash('sha256').update(`${scope}\0${key}`).digest('hex')
}

/** Of an event that was not tried. */
function unavailable(cause: unknown): WaybillError {
  const reason = cause instanceof WaybillError ? cause.detail : messageOf(cause)
  return new WaybillError('ERR_UNAVAILABLE', `the store of handled events cannot be used: ${reason}`, {
    adapter: 'idempotency',
    cause,
  })
}

function problem(message: string): WaybillError {
  return new WaybillError('ERR_CONFIG', message, { adapter: 'idempotency' })
}
