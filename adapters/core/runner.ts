import { Attempt, bounded, untimed } from './attempt.ts'
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
import type { Logger, Observe } from './observe.ts'
import { backoffMs, type ResolvedPolicy } from './policy.ts'
import { Slots } from './slots.ts'
import { exhausted, isTerminal, tooOld } from './terminal.ts'
import { warnings } from './warnings.ts'

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

  function deliver(batch: readonly Delivery[]): ReturnType<Deliver> {
    if (batch[0]?.lane === undefined) return deliverLoose(batch)
    const slot = slots.take()
    return slot === undefined ? deliverLane(batch) : slot.then(() => deliverLane(batch))
  }

  function deliverLane(batch: readonly Delivery[]): ReturnType<Deliver> {
    const outcomes: Outcome[] = new Array(batch.length)
    for (let i = 0; i < batch.length; i++) {
      const delivery = batch[i]
      if (delivery === undefined) continue
      const settling = settleBehind(outcomes[i - 1], delivery)
      if (settling instanceof Promise) return deliverRest(batch, outcomes, i, settling)
      outcomes[i] = settling
    }
    slots.give()
    return outcomes
  }

  /** Goes on with a lane from the first delivery that had to wait. */
  async function deliverRest(
    batch: readonly Delivery[],
    outcomes: Outcome[],
    from: number,
    first: Promise<Outcome>,
  ): Promise<readonly Outcome[]> {
    try {
      outcomes[from] = await first
      for (let i = from + 1; i < batch.length; i++) {
        const delivery = batch[i]
        if (delivery !== undefined) outcomes[i] = await settleBehind(outcomes[i - 1], delivery)
      }
      return outcomes
    } finally {
      slots.give()
    }
  }

  /** Nothing overtakes a delivery that will come again. */
  function settleBehind(previous: Outcome | undefined, delivery: Delivery): Outcome | Promise<Outcome> {
    const comesAgain = previous?.kind === 'nack' || previous?.kind === 'release'
    return comesAgain ? released(delivery) : settle(delivery)
  }

  /** Side by side, in as many slots as there are; a promise only where one of them had to wait. */
  function deliverLoose(batch: readonly Delivery[]): ReturnType<Deliver> {
    const outcomes: Outcome[] = new Array(batch.length)
    for (let i = 0; i < batch.length; i++) {
      const delivery = batch[i]
      if (delivery === undefined) continue
      const settling = settleInSlot(delivery)
      if (settling instanceof Promise) {
        const rest = batch.slice(i + 1).map(settleInSlot)
        return Promise.all([...outcomes.slice(0, i), settling, ...rest])
      }
      outcomes[i] = settling
    }
    return outcomes
  }

  function settleInSlot(delivery: Delivery): Outcome | Promise<Outcome> {
    const slot = slots.take()
    if (slot !== undefined) return slot.then(() => settleAndGive(delivery))
    return settleAndGive(delivery)
  }

  function settleAndGive(delivery: Delivery): Outcome | Promise<Outcome> {
    const settling = settle(delivery)
    if (settling instanceof Promise) return settling.finally(() => slots.give())
    slots.give()
    return settling
  }

  /** Stays synchronous as long as the handler does: a promise for each event would cost more than all the rest here. */
  function settle(delivery: Delivery): Outcome | Promise<Outcome> {
    if (ended(delivery)) return released(delivery)
    if (observe !== undefined) {
      const lagMs = delivery.time === undefined ? undefined : clock.now() - delivery.time
      report({ kind: 'received', delivery, lagMs })
    }
    if (canBury && delivery.attempt > policy.maxAttempts)
      return bury(delivery, exhausted(delivery), delivery.attempt - 1)
    if (canBury && expired(delivery)) return bury(delivery, tooOld(policy), delivery.attempt - 1)
    const failure = tryOnce(delivery, delivery.attempt)
    if (failure === undefined) return ack
    if (failure instanceof Promise)
      return failure.then((later) => (later === undefined ? ack : meet(delivery, later)))
    return meet(delivery, failure)
  }

  /** Decodes anew at each attempt: an earlier one may have changed the data. */
  function tryOnce(delivery: Delivery, n: number): Failure | undefined | Promise<Failure | undefined> {
    const attempt = new Attempt(delivery, n, logger)
    const started = observe === undefined ? 0 : performance.now()
    try {
      const result = handler(decode(delivery, n), attempt)
      if (isPending(result) || meansEvents(result, emit) || attempt.hasEnds)
        return finish(result, attempt, started)
    } catch (error) {
      return attempt.hasEnds ? failed(attempt, error) : { error, ended: false }
    }
    if (observe !== undefined) handled(attempt, started, 0)
    return undefined
  }

  async function finish(
    result: Awaitable<HandlerResult>,
    attempt: Attempt,
    started: number,
  ): Promise<Failure | undefined> {
    try {
      const value = await bounded(attempt, Promise.resolve(result), bounds)
      // The time limit is the handler's: a sink that is full for a while is not its fault.
      const emitted = meansEvents(value, emit)
        ? await bounded(attempt, emitAll(value, attempt, emitFor(attempt.delivery), bounds), unlimited)
        : 0
      if (attempt.hasEnds) await bounded(attempt, attempt.conclude(), unlimited)
      if (observe !== undefined) handled(attempt, started, emitted)
      return undefined
    } catch (error) {
      return failed(attempt, error)
    }
  }

  async function failed(attempt: Attempt, error: unknown): Promise<Failure> {
    const failure = { error, ended: attempt.cut === 'ended' }
    if (!attempt.hasEnds) return failure
    const concluding = attempt.conclude(failure).catch((cause: unknown) => {
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
    let failure = first
    for (let n = delivery.attempt; ; n++) {
      const { error } = failure
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
      const next = await tryOnce(delivery, n + 1)
      if (next === undefined) return ack
      failure = next
    }
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
    return delivery.time !== undefined && clock.now() - delivery.time >= policy.maxAgeMs
  }

  function released(delivery: Delivery): Outcome {
    report({ kind: 'released', delivery })
    return release
  }

  function handled({ delivery, attempt }: Attempt, started: number, emitted: number): void {
    report({ kind: 'handled', delivery, attempt, durationMs: performance.now() - started, emitted })
  }

  return deliver
}

function isPending(result: Awaitable<HandlerResult>): result is PromiseLike<HandlerResult> {
  return (
    typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function'
  )
}

function placeOf({ topic, lane, position }: Delivery): object {
  return { topic, lane, position }
}
