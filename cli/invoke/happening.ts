import pc from 'picocolors'
import { codeOf, messageOf, type Observation } from '../../adapters/index.ts'
import { printable } from '../printable.ts'

/** What became of one delivery. */
export interface Happening {
  readonly kind: 'handled' | 'retried' | 'dead-lettered' | 'dropped' | 'released'
  readonly topic: string
  readonly lane?: string | undefined
  readonly position?: string | undefined
  readonly emitted?: number
  readonly durationMs?: number
  /** Why it was not handled. */
  readonly reason?: string
  readonly code?: string | undefined
}

/** Notes what becomes of deliveries. */
export function happenings() {
  const noted: Happening[] = []
  return {
    noted,
    observe(observation: Observation): void {
      const { kind, delivery } = observation
      if (kind === 'received' || kind === 'warned' || kind === 'dead-letter-failed' || kind === 'held') return
      const { topic, lane, position } = delivery
      const place = { kind, topic, lane, position }
      if (kind === 'handled') {
        const { emitted, durationMs } = observation
        noted.push({ ...place, emitted, durationMs: Math.round(durationMs) })
      } else if (kind === 'released') noted.push(place)
      else noted.push({ ...place, reason: messageOf(observation.cause), code: codeOf(observation.cause) })
    },
  }
}

const words: Readonly<Record<Happening['kind'], string>> = {
  handled: pc.green('handled'),
  retried: pc.red('failed'),
  'dead-lettered': pc.red('dead-lettered'),
  dropped: pc.red('dropped'),
  released: pc.dim('not tried'),
}

/** One line, as people read it. */
export function describe({ kind, topic, lane, position, emitted, durationMs, reason }: Happening): string {
  const place = [topic, lane, position].filter((part) => part !== undefined).join(' ')
  const time = durationMs === undefined ? '' : ` in ${durationMs} ms`
  const results = emitted === undefined || emitted === 0 ? '' : `, emitted ${emitted}`
  const why = reason === undefined ? '' : `: ${reason}`
  return `${words[kind]} ${printable(`${place}${time}${results}${why}`)}`
}
