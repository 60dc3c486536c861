import { bindingOptionsOf } from '../core/binding-options.ts'
import { type Clock, systemClock } from '../core/clock.ts'
import { refuseUnknown } from '../core/known.ts'
import { checkHandshake } from './handshake.ts'
import { type Fetch, type HttpOptions, parameters, structures } from './options.ts'
import { problem } from './problem.ts'

/** Options with every default filled in. */
export interface Settings extends Pick<HttpOptions, 'mode' | 'handshake'> {
  readonly concurrency: number
  readonly timeoutMs: number
  readonly maxRetryAfterMs: number
  readonly batch: number
  readonly maxMessageBytes: number
  readonly fetch: Fetch
  readonly clock: Clock
}

const highest = Number.MAX_SAFE_INTEGER
/** Least and most of each number. Node.js itself ends a request whose answer takes longer than 300 s to begin. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  concurrency: [1, 1_024],
  timeoutMs: [1, 300_000],
  maxRetryAfterMs: [0, highest],
  batch: [1, 1_024],
  maxMessageBytes: [1, highest],
}

/** Checks the options and fills in their defaults. Throws `ERR_CONFIG` naming the option. */
export function settingsOf(options: HttpOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw problem('ERR_CONFIG', 'the sink needs options: give { url }')
  }
  refuseUnknown(options, ['url', ...Object.keys(parameters), ...structures], 'option', 'http')
  checkNumbers(options)
  const { mode } = bindingOptionsOf({ mode: options.mode }, 'http')
  const { batch = 1, handshake, clock = systemClock, fetch = globalThis.fetch } = options
  if (batch > 1 && mode !== 'structured') {
    throw problem('ERR_CONFIG', '"batch" needs whole events in bodies: set "mode" to structured')
  }
  if (typeof fetch !== 'function') {
    throw problem('ERR_CONFIG', '"fetch" is no function: leave it out, or give one like the platform\'s')
  }
  if (typeof clock?.now !== 'function' || typeof clock.after !== 'function') {
    throw problem('ERR_CONFIG', '"clock" is no clock: give an object with now() and after(ms, run)')
  }
  if (handshake !== undefined) checkHandshake(handshake)
  return {
    mode,
    batch,
    handshake,
    clock,
    fetch,
    concurrency: options.concurrency ?? 64,
    timeoutMs: options.timeoutMs ?? 10_000,
    maxRetryAfterMs: options.maxRetryAfterMs ?? 300_000,
    maxMessageBytes: options.maxMessageBytes ?? 1_048_576,
  }
}

function checkNumbers(options: HttpOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const [least, most] = ranges[name] ?? []
    if (least === undefined || most === undefined || value === undefined) continue
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue
    const upTo = most === highest ? 'or more' : `to ${most}`
    throw problem('ERR_CONFIG', `"${name}" is out of range: use a whole number, ${least} ${upTo}`)
  }
}
