import type { DeadLetter } from '../../adapters/core/dead-letter.ts'
import type { Capabilities, Deliver, Delivery, Outcome } from '../../adapters/core/driver.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import { headerBinding } from '../../adapters/core/header-binding.ts'
import type { Logger, Observation } from '../../adapters/core/observe.ts'
import { type Policy, resolvePolicy } from '../../adapters/core/policy.ts'
import { type RunnerOptions, runner } from '../../adapters/core/runner.ts'
import { type ManualClock, manualClock } from '../manual-clock.ts'
import { event } from './events.ts'
import { capabilities } from './fake-driver.ts'

export const binding = headerBinding({ name: 'test', prefix: 'ce-' })
const unending = new AbortController().signal

/** A delivery of an event whose id is `id`, in the lane `lane` unless that is undefined. */
export function delivery(id: string, changes: Partial<Delivery> = {}): Delivery {
  const message = binding.encode(event({ id, data: { id } }), { key: changes.lane })
  return {
    message,
    topic: 'orders',
    attempt: 1,
    position: id,
    signal: unending,
    native: undefined,
    ...changes,
  }
}

/** Deliveries of one lane. */
export function lane(name: string, ids: readonly string[], changes: Partial<Delivery> = {}): Delivery[] {
  return ids.map((id) => delivery(id, { lane: name, ...changes }))
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

/** A runner at work on a clock that stands still, and everything it did. */
export interface RecordedRunner {
  deliver(batch: readonly Delivery[]): Promise<readonly Outcome[]>
  /** The runner itself, which answers at once where it can. */
  readonly runner: Deliver
  readonly clock: ManualClock
  readonly letters: DeadLetter[]
  readonly emitted: CloudEvent[]
  readonly observations: Observation[]
  readonly log: LogLine[]
  /** No further attempt starts. */
  readonly stop: AbortController
  /** Running attempts are cut short. */
  readonly abort: AbortController
  kinds(): string[]
}

export interface Recording extends Omit<RunnerOptions, 'policy' | 'clock' | 'stop' | 'abort'> {
  readonly policy?: Policy
  readonly capabilities?: Partial<Capabilities>
}

/** Attempts are counted in place, as on Kafka. */
export const inPlace: Partial<Capabilities> = { redelivery: 'runner', attempts: false, delay: false }

/** Backoff is 100, 200, 400 … ms, without chance. */
export function recordedRunner(handler: Handler, recording: Recording = {}): RecordedRunner {
  const { policy, capabilities: changes, ...options } = recording
  const clock = manualClock()
  const letters: DeadLetter[] = []
  const emitted: CloudEvent[] = []
  const observations: Observation[] = []
  const log: LogLine[] = []
  const stop = new AbortController()
  const abort = new AbortController()
  const write = (level: LogLine['level']) => (fields: object, message: string) => {
    log.push({ level, fields, message })
  }
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  const deliver = runner(binding, { ...capabilities, ...changes }, handler, {
    policy: resolvePolicy({ backoff: { initialMs: 100, maxMs: 10_000, factor: 2 }, ...policy }, 'group'),
    deadLetter: async (letter) => letters.push(letter),
    emit: async (events) => emitted.push(...events),
    observe: (observation) => observations.push(observation),
    logger,
    random: () => 1,
    ...options,
    clock,
    stop: stop.signal,
    abort: abort.signal,
  })
  const kinds = () => observations.map(({ kind }) => kind)
  return {
    deliver: async (batch) => deliver(batch),
    runner: deliver,
    clock,
    letters,
    emitted,
    observations,
    log,
    stop,
    abort,
    kinds,
  }
}

/** A promise that a test settles. */
export interface Gate {
  readonly passed: Promise<void>
  open(): void
  fail(error: unknown): void
}

export function gate(): Gate {
  let open: () => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { passed, open, fail }
}
