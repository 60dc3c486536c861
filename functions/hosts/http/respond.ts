import type { BindingOptions } from '../../../adapters/core/binding.ts'
import { bindingOptionsOf } from '../../../adapters/core/binding-options.ts'
import type { Delivering } from '../../../adapters/core/claims.ts'
import type { Delivery, Outcome } from '../../../adapters/core/driver.ts'
import { codeOf, messageOf } from '../../../adapters/core/errors.ts'
import { journal } from '../../../adapters/core/journal.ts'
import type { Message } from '../../../adapters/core/message.ts'
import { onAbort } from '../../../adapters/core/on-abort.ts'
import { resolvePolicy } from '../../../adapters/core/policy.ts'
import { Slots } from '../../../adapters/core/slots.ts'
import { isTerminal } from '../../../adapters/core/terminal.ts'
import { httpBinding } from '../../../adapters/http/binding.ts'
import { type HandshakePolicy, handshakeResponse } from '../../../adapters/http/webhook.ts'
import type { PubsubBindingOptions } from '../../../adapters/pubsub/binding.ts'
import { type HostedFunction, hosted, problem } from '../hosted.ts'
import { type Authenticate, type PushAuthentication, tokenCheck } from './authentication.ts'
import { type Answer, type Call, text } from './call.ts'
import { pushBinding } from './push-binding.ts'
import { shapeOf } from './shape.ts'

const host = 'http'
const delivering: Delivering = {
  delivery: 'at-least-once',
  redelivery: 'platform',
  attempts: true,
  delay: false,
}

/** Defaults of {@link HttpFunctionOptions}. */
export const usualLimits = { maxBytes: 16_777_216, maxHeaderBytes: 131_072 } as const
const own = ['topic', 'authentication', 'binding', 'maxBytes', 'maxHeaderBytes', 'handshake'] as const

export interface HttpFunctionOptions extends HostedFunction {
  /** The topic that is pushed, which a wrapped push does not name. Default: the function's name. */
  readonly topic?: string | undefined
  /**
   * Who may call. `platform`: whom the platform lets in, as Cloud Run does with the role `run.invoker`. `none`: anybody,
   * for development; refused on Cloud Run. Default `none`.
   */
  readonly authentication?: PushAuthentication | 'platform' | 'none' | undefined
  readonly binding?: PubsubBindingOptions | undefined
  /** Bytes of a body at most. Default 16 777 216: a message of Pub/Sub has up to 10 MB, a third more in Base64. */
  readonly maxBytes?: number | undefined
  /** Bytes of all header names and values at most. Default 131 072: the attributes of a message of Pub/Sub are headers. */
  readonly maxHeaderBytes?: number | undefined
  /** Answers senders of webhooks that ask for permission (OPTIONS). Default: nobody gets one. */
  readonly handshake?: HandshakePolicy | undefined
}

/** Requests that are taken for each handler that may run, as a worker takes deliveries. */
const waitingPerSlot = 16
const notInTime = text(503, 'not handled in time: send it again')
const later = { 'retry-after': '1' }

/** Answers one request. Never rejects. */
export type Respond = (call: Call) => Promise<Answer>

/**
 * What an HTTP function does, apart from any server. POST delivers: a push of Pub/Sub (wrapped; unwrapped with metadata), an
 * event of Eventarc, one CloudEvent or a batch. GET and HEAD tell that it is up, OPTIONS is the handshake of webhooks.
 *
 * 204: every event is settled. 400: it can never be handled. 401, 403: by whom it was sent. 413: too large. 429: more wait than sixteen times
 * `policy.concurrency`, which bounds the handlers that run at once. 500: an attempt failed. 503: it was not tried, or its attempt was cut short. All but 204 mean that the sender keeps it.
 *
 * Throws `ERR_CONFIG` for wrong options.
 */
export function respondWith(options: HttpFunctionOptions): Respond {
  const { name, topic = name, authentication = 'none', logger, handshake } = options
  const http = httpBinding(ofHttp(options.binding))
  const binding = pushBinding(http, options.binding ?? {})
  const begin = hosted(host, options, { binding, delivering, own })
  const authenticate = checkOf(authentication)
  const { log } = journal(undefined, logger)
  const { concurrency } = resolvePolicy(options.policy ?? {}, name)
  const slots = new Slots(concurrency)
  let present = 0

  async function respond(call: Call): Promise<Answer> {
    try {
      return await answer(call)
    } catch (error) {
      log('error', { reason: messageOf(error) }, 'request failed')
      return text(500, 'the function failed: see its log')
    }
  }

  async function answer(call: Call): Promise<Answer> {
    const { method } = call
    if (method === 'GET' || method === 'HEAD') return text(200, 'ok')
    if (method === 'OPTIONS') return permission(call)
    if (method !== 'POST') return text(405, 'send events by POST', { allow: 'POST, GET, HEAD, OPTIONS' })
    const refusal = await authenticate(call.authorization)
    if (refusal !== undefined) {
      log('warn', { status: refusal.status }, refusal.message)
      return text(refusal.status, refusal.message)
    }
    // Their bodies are in memory.
    if (present >= concurrency * waitingPerSlot) return text(429, 'too many at once: send it later', later)
    present++
    try {
      return await deliver(call)
    } finally {
      present--
    }
  }

  function permission({ headers }: Call): Answer {
    if (handshake === undefined) return { status: 200, headers: { allow: 'POST, GET, HEAD, OPTIONS' } }
    const { status, headers: granted } = handshakeResponse({ headers }, handshake)
    return { status, headers: granted }
  }

  async function deliver(call: Call): Promise<Answer> {
    let message: Message
    try {
      message = await call.message()
    } catch (error) {
      const status = codeOf(error) === 'ERR_TOO_LARGE' ? 413 : 400
      log('warn', { reason: messageOf(error) }, 'request refused')
      return text(status, messageOf(error))
    }
    const deliveries = deliveriesOf(message, call.signal)
    if (deliveries.length === 0) return { status: 204, headers: {} }
    if (!(await takesTurn(call.signal))) return notInTime
    try {
      // The runner releases what nobody waits for any more.
      return answerTo(await begin()(deliveries))
    } finally {
      slots.give()
    }
  }

  /** Waits for a slot; false where nobody waits for the answer before there is one. */
  function takesTurn(signal: AbortSignal): Promise<boolean> | boolean {
    if (signal.aborted) return false
    const slot = slots.take()
    if (slot === undefined) return true
    return new Promise((resolve) => {
      let isGone = false
      const forget = onAbort(signal, () => {
        isGone = true
        resolve(false)
      })
      void slot.then(() => {
        forget()
        if (isGone) slots.give()
        else resolve(true)
      })
    })
  }

  /** What cannot be read is delivered too, so that the runner decides of it as of all else. */
  function deliveriesOf(whole: Message, signal: AbortSignal): readonly Delivery[] {
    const common = { topic, attempt: 1, signal, native: whole }
    try {
      const shape = shapeOf(whole, topic)
      if (shape.kind === 'event') return [{ ...common, message: whole }]
      if (shape.kind === 'batch') {
        const events = http.decodeBatch(whole, undefined, { maxBytes: options.maxBytes })
        // In the order of the batch, since the sender repeats all of it.
        return events.map((event) => ({
          ...common,
          message: http.encode(event, { mode: 'structured' }),
          lane: 'batch',
        }))
      }
      const { message, origin, attempt } = shape
      const { lane, position, time } = origin
      binding.mark(message, 'pubsub')
      return [{ ...common, message, attempt, lane, position, time }]
    } catch (refused) {
      binding.mark(whole, { refused })
      return [{ ...common, message: whole }]
    }
  }

  return respond
}

function checkOf(authentication: NonNullable<HttpFunctionOptions['authentication']>): Authenticate {
  if (authentication === 'platform') return async () => undefined
  if (typeof authentication === 'object') return tokenCheck(host, authentication)
  if (authentication !== 'none')
    throw problem(
      host,
      `"authentication" is "${String(authentication)}": use platform, none, or { audience, serviceAccount }`,
    )
  // Cloud Run sets it (https://cloud.google.com/run/docs/container-contract#env-vars).
  if (globalThis.process?.env.K_SERVICE !== undefined)
    throw problem(
      host,
      'without "authentication" anybody could send events: give { audience, serviceAccount }, or "platform" where ' +
        'Cloud Run lets only the subscription in',
    )
  return async () => undefined
}

function answerTo(outcomes: readonly Outcome[]): Answer {
  const unsettled = outcomes.filter(({ kind }) => kind === 'nack' || kind === 'release')
  if (unsettled.length === 0) return { status: 204, headers: {} }
  const [first] = unsettled
  if (first?.kind !== 'nack') return notInTime
  // Senders may drop what is answered 400, and what is behind it in a batch was not tried.
  if (isTerminal(first.cause) && unsettled.length === 1) return text(400, messageOf(first.cause))
  return text(500, 'the handler failed: see its log')
}

/** The options without those that only Pub/Sub has. */
function ofHttp(options: PubsubBindingOptions = {}): BindingOptions {
  return bindingOptionsOf({ ...options }, host)
}
