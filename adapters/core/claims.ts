import type { Capabilities, StartKind, StartPosition } from './driver.ts'

/** Which of `capabilities.replay` a start position needs. */
export function startKind(position: StartPosition): StartKind {
  if (typeof position === 'string') return position
  return 'time' in position ? 'time' : 'position'
}

/** What the runner has to know of whoever gives it deliveries. */
export interface Delivering extends Pick<Capabilities, 'delivery' | 'attempts' | 'delay'> {
  /**
   * `platform`: a cloud platform that calls a function repeats what it reports as failed, counts, and has a place of its own
   * for what never succeeds.
   */
  readonly redelivery: Capabilities['redelivery'] | 'platform'
}

/** True where the runner repeats a failed attempt itself: the broker cannot give one message back, or does not count. */
export function repeatsInPlace({ redelivery, attempts }: Delivering): boolean {
  return redelivery === 'runner' || (redelivery === 'broker' && !attempts)
}
