import { setTimeout as delay } from 'node:timers/promises'
import type { Broker } from '../../adapters/core/broker.ts'
import { TerminalError } from '../../adapters/core/errors.ts'
import { type CloudEvent, createEvent, derive } from '../../adapters/core/event.ts'
import type { Handler } from '../../adapters/core/handler.ts'
import { toBytes, toText } from '../../adapters/core/message.ts'
import type { Observation } from '../../adapters/core/observe.ts'
import type { Policy } from '../../adapters/core/policy.ts'
import { memory } from '../../adapters/index.ts'

/** What happens in the scenario, in the order of one key. */
export const names = [
  'first',
  'once',
  'always',
  'terminal',
  'unreadable',
  'slow',
  'returns',
  'unsunk',
  'last',
] as const

export type Name = (typeof names)[number]

/** What ends well, in the order in which it must. */
export const wellEnding: readonly Name[] = ['first', 'once', 'slow', 'returns', 'unsunk', 'last']

export const policy: Policy = { maxAttempts: 3, backoff: { initialMs: 1, maxMs: 5 } }

/** What came of the scenario. */
export interface Course {
  /** Names of events whose attempt succeeded, as they did. */
  readonly handled: Name[]
  /** Calls of the handler. */
  readonly attempts: Record<Name, number>
  /** Names of events that the transport was told are settled. */
  readonly acknowledged: Name[]
  /** Those of them that had neither been handled nor dead-lettered by then. */
  readonly unearned: Name[]
  /** Names of events that the function dead-lettered. */
  readonly deadLettered: Name[]
  /** Names of events that the platform gave up and handed to its own destination. */
  readonly discarded: Name[]
  /** Ids that the sink has. */
  readonly sunk: string[]
}

export function eventOf(name: Name): CloudEvent {
  return createEvent({ type: 'scenario', source: '/parity', id: name, partitionkey: 'k', data: { name } })
}

/** A structured event whose id no reader takes. */
export function unreadable(): Uint8Array {
  return toBytes(
    '{"specversion":"1.0","id":"","source":"/parity","type":"scenario","data":{"name":"unreadable"}}',
  )
}

/** The name in bytes of whatever layout. */
export function nameIn(bytes: Uint8Array | null): Name {
  const text = bytes === null ? '' : toText(bytes)
  const found = names.find((name) => text.includes(`"name":"${name}"`))
  if (found === undefined) throw new Error(`no name in ${text}`)
  return found
}

/** The same in bytes that travel as text. */
export function nameInBase64(text: string): Name {
  return nameIn(Buffer.from(text, 'base64'))
}

/** The handler, the sink that fails once, and what is noted of them. */
export function play() {
  const course: Course = {
    handled: [],
    attempts: {
      first: 0,
      once: 0,
      always: 0,
      terminal: 0,
      unreadable: 0,
      slow: 0,
      returns: 0,
      unsunk: 0,
      last: 0,
    },
    acknowledged: [],
    unearned: [],
    deadLettered: [],
    discarded: [],
    sunk: [],
  }
  const store = memory()
  let sinkFailed = false

  const handler: Handler<{ name: Name }> = async ({ data, ...event }) => {
    const name = data?.name ?? 'unreadable'
    const attempt = ++course.attempts[name]
    if (name === 'once' && attempt === 1) throw new Error('only once')
    if (name === 'always') throw new Error('again and again')
    if (name === 'terminal') throw new TerminalError('never')
    if (name === 'slow') await delay(40)
    if (name === 'returns' || name === 'unsunk') return derive(event, { id: `result of ${name}` })
    return undefined
  }

  const sink: Broker = {
    ...store,
    async publish(topic, events, options) {
      const ids = (Array.isArray(events) ? events : [events]).map(({ id }: CloudEvent) => id)
      if (ids.includes('result of unsunk') && !sinkFailed) {
        sinkFailed = true
        throw new Error('the sink is down')
      }
      const receipts = await store.publish(topic, events, options)
      course.sunk.push(...ids)
      return receipts
    },
  }

  function observe(observation: Observation): void {
    const { kind, delivery } = observation
    if (kind !== 'handled' && kind !== 'dead-lettered') return
    const name = nameIn(delivery.message.body)
    if (kind === 'handled') course.handled.push(name)
    else course.deadLettered.push(name)
  }

  function acknowledge(name: Name): void {
    if (!course.handled.includes(name) && !course.deadLettered.includes(name)) course.unearned.push(name)
    course.acknowledged.push(name)
  }

  return { course, handler, sink, observe, acknowledge, close: () => store.close() }
}

/** True once every event is settled, one way or another. */
export function isOver({ acknowledged, discarded }: Course): boolean {
  return acknowledged.length + discarded.length >= names.length
}
