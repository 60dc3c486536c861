import type { Capabilities, StartKind, StartPosition } from './driver.ts'

/** Which of `capabilities.replay` a start position needs. */
export function startKind(position: StartPosition): StartKind {
  if (typeof position === 'string') return position
  return 'time' in position ? 'time' : 'position'
}

/** True where the runner repeats a failed attempt itself: the broker cannot give one message back, or does not count. */
export function repeatsInPlace({ redelivery, attempts }: Capabilities): boolean {
  return redelivery === 'runner' || !attempts
}
