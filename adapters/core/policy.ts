import { WaybillError } from './errors.ts'
import { nearest } from './nearest.ts'

/**
 * How failures are met and how much runs at once: obeyed by the runner and compiled into the infrastructure.
 * All times are milliseconds.
 */
export interface Policy {
  /** Attempts before the event is dead-lettered, the first included. 1 or more, or `Infinity`. Default 5. */
  readonly maxAttempts?: number | undefined
  /** Age, since the broker stored the message, at which no further attempt is made. Default `Infinity`. */
  readonly maxAgeMs?: number | undefined
  /** Waiting time before attempt n+1: `initialMs` × `factor`^(n−1), at most `maxMs`, each cut by up to half at random. */
  readonly backoff?: Backoff | undefined
  /**
   * Time limit of one call of the handler, or of each step of a generator; then `context.signal` aborts and the attempt
   * has failed. Publishing what was returned does not count. 0 is none. Default 30 000.
   */
  readonly timeoutMs?: number | undefined
  /**
   * Topic for events that cannot be handled; `false` drops them (logged as an error, reported as `dropped`).
   * Default `dlq.<group>`, on the broker of the source.
   */
  readonly deadLetter?: string | false | undefined
  /** Handlers running at once, over all lanes. Inside a lane it is always one. Default 16. */
  readonly concurrency?: number | undefined
  /** Time that close gives to running handlers before it aborts them. Default 10 000. */
  readonly drainMs?: number | undefined
}

export interface Backoff {
  /** Default 200. */
  readonly initialMs?: number | undefined
  /** Default 30 000. */
  readonly maxMs?: number | undefined
  /** 1 or more. Default 2. */
  readonly factor?: number | undefined
}

/** A policy with nothing left open. */
export interface ResolvedPolicy {
  readonly maxAttempts: number
  readonly maxAgeMs: number
  readonly backoff: { readonly initialMs: number; readonly maxMs: number; readonly factor: number }
  readonly timeoutMs: number
  readonly deadLetter: string | false
  readonly concurrency: number
  readonly drainMs: number
}

const ranges: Record<
  string,
  { readonly least: number; readonly whole: boolean; readonly unbounded: boolean }
> = {
  maxAttempts: { least: 1, whole: true, unbounded: true },
  maxAgeMs: { least: 1, whole: false, unbounded: true },
  timeoutMs: { least: 0, whole: false, unbounded: false },
  concurrency: { least: 1, whole: true, unbounded: false },
  drainMs: { least: 0, whole: false, unbounded: false },
  'backoff.initialMs': { least: 0, whole: false, unbounded: false },
  'backoff.maxMs': { least: 0, whole: false, unbounded: false },
  'backoff.factor': { least: 1, whole: false, unbounded: false },
}
const names = ['maxAttempts', 'maxAgeMs', 'backoff', 'timeoutMs', 'deadLetter', 'concurrency', 'drainMs']

/** Fills in the defaults. Throws `ERR_CONFIG` for an unknown name or a value out of range. */
export function resolvePolicy(policy: Policy, group: string): ResolvedPolicy {
  for (const name of Object.keys(policy)) {
    if (!names.includes(name)) throw unknown(name, name, names)
  }
  const { backoff = {} } = policy
  for (const name of Object.keys(backoff)) {
    const known = ['initialMs', 'maxMs', 'factor']
    if (!known.includes(name)) throw unknown(`backoff.${name}`, name, known)
  }
  const { deadLetter = `dlq.${group}` } = policy
  if (deadLetter === '') throw refused('policy "deadLetter" is empty', 'a topic name, or false')
  return {
    maxAttempts: checked('maxAttempts', policy.maxAttempts ?? 5),
    maxAgeMs: checked('maxAgeMs', policy.maxAgeMs ?? Number.POSITIVE_INFINITY),
    backoff: {
      initialMs: checked('backoff.initialMs', backoff.initialMs ?? 200),
      maxMs: checked('backoff.maxMs', backoff.maxMs ?? 30_000),
      factor: checked('backoff.factor', backoff.factor ?? 2),
    },
    timeoutMs: checked('timeoutMs', policy.timeoutMs ?? 30_000),
    deadLetter,
    concurrency: checked('concurrency', policy.concurrency ?? 16),
    drainMs: checked('drainMs', policy.drainMs ?? 10_000),
  }
}

/** Waiting time after failed attempt `attempt`, in whole milliseconds; `random` is a number from 0 to 1, as `Math.random` gives. */
export function backoffMs(
  { initialMs, maxMs, factor }: ResolvedPolicy['backoff'],
  attempt: number,
  random: number,
) {
  const full = initialMs === 0 ? 0 : Math.min(maxMs, initialMs * factor ** (attempt - 1))
  return Math.ceil(full / 2 + (full / 2) * random)
}

function checked(name: string, value: number): number {
  const range = ranges[name]
  if (range === undefined) return value
  const fits = value >= range.least && (range.unbounded || Number.isFinite(value))
  const whole = !range.whole || !Number.isFinite(value) || Number.isInteger(value)
  if (typeof value === 'number' && fits && whole) return value
  const kind = range.whole ? 'a whole number' : 'a number'
  throw refused(`policy "${name}" is ${String(value)}`, `${kind} of ${range.least} or more`)
}

function unknown(key: string, name: string, known: readonly string[]): WaybillError {
  return refused(`unknown policy key "${key}"`, nearest(name, known) ?? known.join(', '))
}

function refused(what: string, right: string): WaybillError {
  return new WaybillError('ERR_CONFIG', `${what}: use ${right}`)
}
