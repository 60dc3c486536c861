import type { CloudEvent } from '../../adapters/index.ts'

/** A handler that uses what it is given, so that nobody can leave the work out. */
export function looking() {
  let seen = 0
  return (type: string | undefined, subject: string | undefined, data: unknown) => {
    if (type === 'com.example.order.created' && subject !== '' && data !== null) seen++
    else throw new Error(`[bench] after ${seen} events came another than was sent`)
  }
}

/** The events in rotation. */
export function rotation(events: readonly CloudEvent[]): (index: number) => CloudEvent {
  return (index) => {
    const event = events[index % events.length]
    if (event === undefined) throw new Error('[bench] there are no events')
    return event
  }
}
