import { sleep } from '../core/clock.ts'
import type { Capabilities, Driver, Refusal, SendResult } from '../core/driver.ts'
import type { Message } from '../core/message.ts'
import { Slots } from '../core/slots.ts'
import { type Address, addressBook } from './address.ts'
import { tooLong, type Verdict, verdictOf } from './answer.ts'
import { batchMessage, type Load, loadsOf } from './batch.ts'
import { requestHeaders } from './credentials.ts'
import { exchange, type Unanswered } from './exchange.ts'
import { askingHeaders, consentOf } from './handshake.ts'
import type { HttpOptions } from './options.ts'
import { illegalHeader, postOf } from './post.ts'
import { problem } from './problem.ts'
import { settingsOf } from './settings.ts'

const never = new AbortController().signal

/**
 * Delivers each message as a POST. Accepted is what was answered 2xx, once the whole answer has arrived. Messages of one
 * key of a `send` go one after another, others side by side. Throws `ERR_CONFIG` for wrong options.
 */
export function httpDriver(options: HttpOptions): Driver {
  const settings = settingsOf(options)
  const { clock, maxRetryAfterMs, handshake } = settings
  const addresses = addressBook(options.url)
  const own = requestHeaders(options)
  const everyDelivery = handshake === undefined ? own : { ...own, 'webhook-request-origin': handshake.origin }
  const slots = new Slots(settings.concurrency)
  const capabilities: Capabilities = {
    delivery: 'at-least-once',
    ordering: 'lane',
    redelivery: 'runner',
    attempts: false,
    delay: false,
    headers: true,
    replay: [],
    maxBatch: { records: 1_024, bytes: 16 * 1_048_576 },
    maxMessageBytes: settings.maxMessageBytes,
    emitOnly: true,
  }

  async function send(
    topic: string,
    messages: readonly Message[],
    signal: AbortSignal = never,
  ): Promise<SendResult[]> {
    const address = addresses.of(topic)
    const refusal = await permission(address, signal)
    if (refusal !== undefined) return messages.map(() => refusal)
    const results: SendResult[] = new Array(messages.length)
    /** The last request of each key, and whether its records were accepted. */
    const last = new Map<string, Promise<boolean>>()
    const loads = loadsOf(messages, settings.batch, settings.maxMessageBytes)
    const sending = loads.map((load) => {
      const keys = keysOf(messages, load)
      const before = keys.flatMap((key) => last.get(key) ?? [])
      const done = settle(load, before)
      for (const key of keys) last.set(key, done)
      return done
    })
    await Promise.all(sending)
    return results.map((result) => remaining(result, address))

    async function settle(load: Load, before: readonly Promise<boolean>[]): Promise<boolean> {
      const result = (await Promise.all(before)).every(Boolean)
        ? await inTurn(address, signal, () => deliver(address, messages.slice(load.first, load.end), signal))
        : heldBack(address)
      results.fill(result, load.first, load.end)
      return !('error' in result)
    }
  }

  /** Runs one request when the receiver and the other requests let it. */
  async function inTurn(
    address: Address,
    signal: AbortSignal,
    run: () => Promise<SendResult>,
  ): Promise<SendResult> {
    for (;;) {
      const wait = address.reserve(clock.now())
      const refusal = refusalOf(address, signal)
      if (refusal !== undefined) return refusal
      if (wait > 0) await sleep(clock, wait, [signal])
      // Only what may go out holds a slot: an address that waits must not keep others from being sent to.
      if (address.pauseMs(clock.now()) > 0) continue
      const free = slots.take()
      if (free !== undefined) await free
      try {
        if (address.pauseMs(clock.now()) > 0) continue
        return refusalOf(address, signal) ?? (await run())
      } finally {
        slots.give()
      }
    }
  }

  async function deliver(
    address: Address,
    messages: readonly Message[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    const [first] = messages
    const message = messages.length === 1 && first !== undefined ? first : batchMessage(messages)
    const place = `POST ${address.shown}`
    const post = postOf(message, everyDelivery)
    const answer = await exchange(place, address.url, post, settings, signal)
    if (isUnanswered(answer)) {
      const illegal = illegalHeader(message)
      if (illegal !== undefined) return { error: illegal, retryable: false }
      return signal.aborted ? ended() : { error: answer.error, retryable: true }
    }
    const verdict = verdictOf(place, answer, clock.now(), maxRetryAfterMs)
    if (answer.status === 410) address.isGone = true
    obey(address, verdict)
    return verdict
  }

  function obey(address: Address, { pauseMs }: Verdict): void {
    if (pauseMs !== undefined) address.pauseUntil(clock.now() + pauseMs)
  }

  /** `undefined` where deliveries may go out: nothing need be asked, or the receiver has consented. */
  async function permission(address: Address, signal: AbortSignal): Promise<Refusal | undefined> {
    if (handshake === undefined || address.hasConsented) return undefined
    const refusal = refusalOf(address, signal)
    if (refusal !== undefined) return refusal
    // Whoever comes while one asks waits for the same answer.
    address.asking ??= ask(address, signal).finally(() => {
      address.asking = undefined
    })
    return address.asking
  }

  async function ask(address: Address, signal: AbortSignal): Promise<Refusal | undefined> {
    if (handshake === undefined) return undefined
    const place = `OPTIONS ${address.shown}`
    const headers = { ...own, ...askingHeaders(handshake) }
    const answer = await exchange(place, address.url, { method: 'OPTIONS', headers }, settings, signal)
    if (isUnanswered(answer)) return signal.aborted ? ended() : { error: answer.error, retryable: true }
    const consent = consentOf(place, answer, handshake)
    if ('error' in consent) return consent
    address.limit(consent.ratePerMinute)
    address.hasConsented = true
    return undefined
  }

  /** Why nothing may be sent to an address now, without asking it. */
  function refusalOf(address: Address, signal: AbortSignal): Refusal | undefined {
    if (signal.aborted) return ended()
    if (address.isGone) {
      const text = `${address.shown} was answered 410 before, so it is stopped for good: remove it, or open a new sink`
      return { error: problem('ERR_NOT_FOUND', text), retryable: false }
    }
    const pause = address.pauseMs(clock.now())
    return pause > maxRetryAfterMs ? tooLong(`${address.shown} takes no requests`, pause) : undefined
  }

  /** A receiver's wait began with its answer, not with the end of the other requests. */
  function remaining(result: SendResult, address: Address): SendResult {
    if (!('error' in result) || result.retryAfterMs === undefined) return result
    return { ...result, retryAfterMs: address.pauseMs(clock.now()) }
  }

  async function ping(): Promise<void> {
    const { shown, url } = addresses.root
    const answer = await exchange(`OPTIONS ${shown}`, url, { method: 'OPTIONS' }, settings)
    if (isUnanswered(answer)) throw answer.error
  }

  return {
    capabilities,
    send,
    ping,
    async receive() {
      throw problem('ERR_UNSUPPORTED', 'it only emits: use it as a sink, and another broker as the source')
    },
    // Every send has ended by now. Idle connections are the platform's: it ends them after seconds, and they hold no process.
    async close() {},
  }
}

function keysOf(messages: readonly Message[], { first, end }: Load): readonly string[] {
  const keys = new Set<string>()
  for (let i = first; i < end; i++) {
    const key = messages[i]?.key
    if (key !== undefined) keys.add(key)
  }
  return [...keys]
}

function isUnanswered(answer: Response | Unanswered): answer is Unanswered {
  return 'error' in answer
}

function heldBack(address: Address): Refusal {
  const text = `POST ${address.shown} was not tried, since an earlier record of its key was not accepted: publish both again, in order`
  return { error: problem('ERR_PUBLISH', text), retryable: true, tried: false }
}

function ended(): Refusal {
  const text = 'the sink closed before the record was accepted: publish before close'
  return { error: problem('ERR_CLOSED', text), retryable: false }
}
