import { Attempt } from './attempt.ts'
import type { Binding } from './binding.ts'
import { type Delivering, repeatsInPlace } from './claims.ts'
import { type Clock, sleep, systemClock } from './clock.ts'
import type { DeadLetter } from './dead-letter.ts'
import type { Deliver, Delivery, Outcome } from './driver.ts'
import { type Emit, emitAll, meansEvents } from './emit.ts'
import { codeOf, decodeErrorOf, messageOf, WaybillError } from './errors.ts'
import type { CloudEvent } from './event.ts'
import type { Awaitable, Handler, HandlerResult } from './handler.ts'
import { journal } from './journal.ts'
import { type Pending, settleRest } from './lane-run.ts'
import type { Logger, Observe } from './observe.ts'
import { backoffMs, type ResolvedPolicy } from './policy.ts'
import { Slots } from './slots.ts'
import { exhausted, isTerminal, isUntried, tooOld } from './terminal.ts'
import { warnings } from './warnings.ts'
import { bounded, untimed } from './watch.ts'

export interface RunnerOptions {
  readonly policy: ResolvedPolicy
  /** Publishes a dead letter. Needed unless `policy.deadLetter` is false or the platform has its own place for them. */
  readonly deadLetter?: ((letter: DeadLetter) => Promise<unknown>) | undefined
  /** Publishes what the handler returned. */
  readonly emit?: Emit | undefined
  /** Without `emit`: answers whoever waits at a delivery's `replyTo` with what the handler returned. */
  readonly reply?: ((events: readonly CloudEvent[], replyTo: string) => Promise<unknown>) | undefined
  /** When it aborts, running attempts finish and no further one starts. */
  readonly stop?: AbortSignal | undefined
  /** When it aborts, running attempts are cut short. */
  readonly abort?: AbortSignal | undefined
  readonly logger?: Logger | undefined
  readonly observe?: Observe | undefined
  readonly clock?: Clock | undefined
  /** A number from 0 to 1, as `Math.random` gives. */
  readonly random?: (() => number) | undefined
}

const ack: Outcome = Object.freeze({ kind: 'ack' })
const release: Outcome = Object.freeze({ kind: 'release' })
const never = new AbortController().signal
/** Between two looks whether what could not be used can be, at least: a backoff may be of no time. */
const leastHeldMs = 100

interface Failure {
  readonly error: unknown
  /** The run or the lease ended during the attempt, so it says nothing about the event. */
  readonly ended: boolean
}

/**
 * Makes the function that a driver or a host calls with deliveries. This is the one place that decides between ack,
 * retry and dead letter.
 *
 * Inside a lane one attempt runs at a time and nothing overtakes a delivery that is not settled. Where the broker
 * redelivers and counts, a failed attempt is a nack; elsewhere it is repeated here, in place, while the lane waits. A
 * platform is told of every failure at once; only what can never succeed is dead-lettered here, where there is a way to.
 * Throws `ERR_CONFIG` where the policy wants dead letters and there is no way to publish them.
 */
export function runner(
  binding: Binding,
  capabilities: Delivering,
  handler: Handler,
  options: RunnerOptions,
): Deliver {
  const { policy, deadLetter, emit, reply, logger, observe, stop = never, abort = never } = options
  const { clock = systemClock, random = Math.random } = options
  const isPlatform = capabilities.redelivery === 'platform'
  const canBury = policy.deadLetter === false || deadLetter !== undefined
  if (!canBury && !isPlatform) {
    throw new WaybillError(
      'ERR_CONFIG',
      'the policy wants dead letters: give the runner a way to publish them',
    )
  }
  const { report, log } = journal(observe, logger)
  const slots = new Slots(policy.concurrency)
  const inPlace = repeatsInPlace(capabilities)
  // What an at-most-once broker handed over exists nowhere else, so a stop does not give it back.
  const halt = capabilities.delivery === 'at-most-once' ? abort : stop
  const bounds = { clock, timeoutMs: policy.timeoutMs, abort }
  const unlimited = untimed(bounds)
  const warnOf = warnings(report, log)
  const agesOut = policy.maxAgeMs !== Number.POSITIVE_INFINITY

  const steps = { bounds, begin: beginBehind, returned, threw, over: () => slots.give() }

  function deliver(batch: readonly Delivery[]): ReturnType<Deliver> {
    const isLoose = batch[0]?.lane === undefined && batch.length > 1
    return isLoose ? deliverLoose(batch) : deliverInSlot(batch)
  }

  /** Side by side, in as many slots as there are; a promise only where one of them had to wait. */
  function deliverLoose(batch: readonly Delivery[]): ReturnType<Deliver> {
    const settling = batch.map((delivery) => deliverInSlot([delivery]))
    return settling.every(isSettled)
      ? settling.flat()
      : Promise.all(settling).then((outcomes) => outcomes.flat())
  }

  function deliverInSlot(batch: readonly Delivery[]): ReturnType<Deliver> {
    const slot = slots.take()
    return slot === undefined ? deliverLane(batch) : slot.then(() => deliverLane(batch))
  }

  /** Stays synchronous as long as the handler does: a promise for each event would cost more than all the rest here. */
  function deliverLane(batch: readonly Delivery[]): ReturnType<Deliver> {
    const outcomes: Outcome[] = new Array(batch.length)
    for (let i = 0; i < batch.length; i++) {
      const delivery = batch[i]
      if (delivery === undefined) continue
      const begun = beginBehind(delivery, outcomes[i - 1])
      if (begun instanceof Promise || begun instanceof Attempt)
        return settleRest(batch, outcomes, i, begun, steps)
      outcomes[i] = begun
    }
    slots.give()
    return outcomes
  }

  /** Nothing overtakes a delivery that will come again. */
  function beginBehind(delivery: Delivery, previous: Outcome | undefined): Outcome | Pending {
    const comesAgain = previous?.kind === 'nack' || previous?.kind === 'release'
    return comesAgain ? released(delivery) : begin(delivery)
  }

  function begin(delivery: Delivery): Outcome | Pending {
    if (ended(delivery)) return released(delivery)
    if (observe !== undefined) {
      const lagMs = delivery.time === undefined ? undefined : clock.now() - delivery.time
      report({ kind: 'received', delivery, lagMs })
    }
    if (canBury && delivery.attempt > policy.maxAttempts)
      return bury(delivery, exhausted(delivery), delivery.attempt - 1)
    if (canBury && expired(delivery)) return bury(delivery, tooOld(policy), delivery.attempt - 1)
    const begun = tryOnce(delivery, delivery.attempt)
    if (begun === undefined) return ack
    return begun instanceof Attempt ? begun : meet(delivery, begun)
  }

  /**
   * Nothing where the handler is done, why it failed, or an attempt that has to be awaited. Decodes anew each time: an earlier
   * attempt may have changed the data.
   */
  function tryOnce(delivery: Delivery, n: number): Failure | Attempt | undefined {
    const attempt = new Attempt(delivery, n, logger)
    const startedMs = observe === undefined ? 0 : performance.now()
    try {
      const result = handler(decode(delivery, n), attempt)
      attempt.begin(result, startedMs)
      if (isPending(result) || meansEvents(result, emit) || attempt.hasEnds) return attempt
    } catch (error) {
      if (!attempt.hasEnds) return { error, ended: false }
      attempt.begin(Promise.reject(error), startedMs)
      return attempt
    }
    if (observe !== undefined) handled(attempt, 0)
    return undefined
  }

  /** Where a handler returned nothing there is nothing to wait for. */
  function returned(attempt: Attempt, value: HandlerResult): Outcome | Promise<Outcome> {
    if (value !== undefined || attempt.hasEnds)
      return conclude(attempt, value).then((failure) =>
        failure === undefined ? ack : meet(attempt.delivery, failure),
      )
    if (observe !== undefined) handled(attempt, 0)
    return ack
  }

  async function threw(attempt: Attempt, error: unknown): Promise<Outcome> {
    return meet(attempt.delivery, await failed(attempt, error))
  }

  /** Awaits an attempt. */
  async function finish(attempt: Attempt): Promise<Failure | undefined> {
    try {
      return await conclude(attempt, await bounded(attempt, Promise.resolve(attempt.result), bounds))
    } catch (error) {
      return failed(attempt, error)
    }
  }

  /** What a handler returned is published, and its attempt is at its end. */
  async function conclude(attempt: Attempt, value: HandlerResult): Promise<Failure | undefined> {
    try {
      // The time limit is the handler's: a sink that is full for a while is not its fault.
      const emitted = meansEvents(value, emit)
        ? await bounded(attempt, emitAll(value, attempt, emitFor(attempt.delivery), bounds), unlimited)
        : 0
      if (attempt.hasEnds) await bounded(attempt, attempt.conclude(), unlimited)
      if (observe !== undefined) handled(attempt, emitted)
      return undefined
    } catch (error) {
      return failed(attempt, error)
    }
  }

  async function failed(attempt: Attempt, error: unknown): Promise<Failure> {
    let failure: Failure = { error, ended: attempt.cut === 'ended' }
    if (!attempt.hasEnds) return failure
    const concluding = attempt.conclude(failure).catch((cause: unknown) => {
      if (isUntried(cause)) {
        failure = { ...failure, error: cause }
        return
      }
      const place = { ...placeOf(attempt.delivery), failure: messageOf(cause) }
      log('warn', place, 'work at the end of an attempt failed')
    })
    // A run that must end now waits for nothing.
    if (!failure.ended) await bounded(attempt, concluding, unlimited).catch(() => {})
    return failure
  }

  /** Where results go: to the sink, or else to whoever waits for an answer. */
  function emitFor({ replyTo }: Delivery): Emit | undefined {
    if (emit !== undefined || reply === undefined || replyTo === undefined) return emit
    return (events) => reply(events, replyTo)
  }

  /** What follows a failed attempt, until the delivery is settled. */
  async function meet(delivery: Delivery, first: Failure): Promise<Outcome> {
    let failure: Failure | undefined = first
    for (let n = delivery.attempt; ; n++) {
      if (isUntried(failure.error)) failure = await held(delivery, n, failure)
      if (failure === undefined) return ack
      const { error }: Failure = failure
      if (failure.ended) return released(delivery)
      const isFinal = isTerminal(error) || n >= policy.maxAttempts || expired(delivery)
      if (isFinal && canBury) return bury(delivery, error, n)
      const delayMs = isPlatform ? 0 : backoffMs(policy.backoff, n, random())
      report({ kind: 'retried', delivery, attempt: n, delayMs, cause: error })
      log(
        'warn',
        { ...placeOf(delivery), attempt: n, delayMs, reason: messageOf(error) },
        'attempt failed; retrying',
      )
      if (isPlatform) return { kind: 'nack', cause: error }
      if (!inPlace && capabilities.delay) return { kind: 'nack', cause: error, delayMs }
      await pause(delivery, delayMs)
      if (!inPlace) return { kind: 'nack', cause: error }
      if (ended(delivery)) return released(delivery)
      failure = await tryAgain(delivery, n + 1)
      if (failure === undefined) return ack
    }
  }

  /**
   * Begins attempt `n` anew until it gets as far as the handler, in place whoever repeats, since every broker counts what it gives
   * again. A platform does so too, and may have no more time than that of one attempt: then it gets the delivery back.
   */
  async function held(delivery: Delivery, n: number, first: Failure): Promise<Failure | undefined> {
    const endsAt =
      isPlatform && policy.timeoutMs > 0 ? clock.now() + policy.timeoutMs : Number.POSITIVE_INFINITY
    let failure: Failure | undefined = first
    for (let times = 1; failure !== undefined && !failure.ended && isUntried(failure.error); times++) {
      const { error }: Failure = failure
      const delayMs = Math.max(leastHeldMs, backoffMs(policy.backoff, times, random()))
      report({ kind: 'held', delivery, delayMs, cause: error })
      log('warn', { ...placeOf(delivery), delayMs, reason: messageOf(error) }, 'event not tried; holding it')
      await pause(delivery, Math.min(delayMs, Math.max(0, endsAt - clock.now())))
      if (ended(delivery) || clock.now() >= endsAt) return { error, ended: true }
      failure = await tryAgain(delivery, n)
    }
    return failure
  }

  async function tryAgain(delivery: Delivery, n: number): Promise<Failure | undefined> {
    const begun = tryOnce(delivery, n)
    return begun instanceof Attempt ? finish(begun) : begun
  }

  /** Dead-letters, however long that takes: the original is not settled before, and the handler does not run again. */
  async function bury(delivery: Delivery, cause: unknown, attempts: number): Promise<Outcome> {
    const place = { ...placeOf(delivery), attempts, reason: messageOf(cause) }
    if (deadLetter === undefined || policy.deadLetter === false) {
      report({ kind: 'dropped', delivery, attempt: attempts, cause })
      log('error', place, 'event dropped: the policy has no dead letter')
      return { kind: 'term', cause }
    }
    for (let n = 1; ; n++) {
      try {
        const letter = { delivery, cause, attempts, time: clock.now() }
        const attempt = new Attempt(delivery, attempts, logger)
        await withoutSlot(() => bounded(attempt, deadLetter(letter), unlimited))
        report({ kind: 'dead-lettered', delivery, attempt: attempts, cause })
        log('warn', place, 'event dead-lettered')
        return { kind: 'term', cause }
      } catch (error) {
        if (ended(delivery)) return released(delivery)
        report({ kind: 'dead-letter-failed', delivery, cause: error })
        log(
          'error',
          { ...place, failure: messageOf(error) },
          'publishing the dead letter failed; trying again',
        )
      }
      await pause(delivery, backoffMs(policy.backoff, n, random()))
      if (ended(delivery)) return released(delivery)
    }
  }

  function pause(delivery: Delivery, ms: number): Promise<void> {
    return withoutSlot(() => sleep(clock, ms, [halt, abort, delivery.signal]))
  }

  /** Lanes that wait do not keep others from running. */
  async function withoutSlot(wait: () => Promise<unknown>): Promise<void> {
    slots.give()
    try {
      await wait()
    } finally {
      await slots.take()
    }
  }

  function decode(delivery: Delivery, n: number): CloudEvent {
    const isFirst = n === delivery.attempt
    try {
      return binding.decode(delivery.message, delivery, isFirst ? warnOf(delivery) : undefined)
    } catch (error) {
      throw codeOf(error) === 'ERR_DECODE' ? error : decodeErrorOf(binding.name, error)
    }
  }

  function ended(delivery: Delivery): boolean {
    return halt.aborted || abort.aborted || delivery.signal.aborted
  }

  function expired(delivery: Delivery): boolean {
    return agesOut && delivery.time !== undefined && clock.now() - delivery.time >= policy.maxAgeMs
  }

  function released(delivery: Delivery): Outcome {
    report({ kind: 'released', delivery })
    return release
  }

  function handled({ delivery, attempt, startedMs }: Attempt, emitted: number): void {
    report({ kind: 'handled', delivery, attempt, durationMs: performance.now() - startedMs, emitted })
  }

  return deliver
}

function isPending(result: Awaitable<HandlerResult>): result is PromiseLike<HandlerResult> {
  return (
    typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function'
  )
}

function isSettled(outcomes: ReturnType<Deliver>): outcomes is readonly Outcome[] {
  return !(outcomes instanceof Promise)
}

function placeOf({ topic, lane, position }: Delivery): object {
  return { topic, lane, position }
}
