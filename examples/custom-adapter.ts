/** A complete adapter, over a list in this process, and its proof: `npx tsx examples/custom-adapter.ts`. */
import {
  type Broker,
  type Capabilities,
  createBroker,
  type Delivery,
  type Driver,
  headerBinding,
  type Message,
  type StartPosition,
  WaybillError,
} from '../adapters/index.ts'
import { type Harness, runCases } from '../test/conformance/index.ts'

/** The server: one log for each topic, and the place of each group in it. */
export class LogServer {
  readonly #topics = new Map<string, Topic>()
  #waiting: (() => void)[] = []

  topic(name: string): Topic {
    const topic = this.#topics.get(name) ?? { entries: [], groups: new Map() }
    this.#topics.set(name, topic)
    return topic
  }

  /** Resolves when anything has changed. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  changed(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

interface Topic {
  readonly entries: { readonly message: Message; readonly time: number }[]
  readonly groups: Map<string, Group>
}

interface Group {
  /** The first entry that is not settled. */
  next: number
  /** A member is handling the batch that begins there; the others wait. */
  isHeld: boolean
}

const capabilities: Capabilities = {
  delivery: 'at-least-once',
  ordering: 'lane',
  redelivery: 'runner',
  attempts: false,
  delay: false,
  headers: true,
  replay: ['earliest', 'latest', 'time', 'position'],
  maxBatch: { records: 500, bytes: 4_194_304 },
  maxMessageBytes: 1_048_576,
}

/** The driver translates between the server and `deliver`, and does nothing else. */
export function logDriver(server: LogServer): Driver {
  return {
    capabilities,

    async send(name, messages) {
      const { entries } = server.topic(name)
      const results = messages.map((message) => {
        const position = String(entries.push({ message, time: Date.now() }) - 1)
        return { position, lane: name }
      })
      server.changed()
      return results
    },

    async receive(source, deliver, signal, { prefetch }) {
      const stopped = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      const topic = server.topic(source.topic)
      while (!signal.aborted) {
        // Looked up anew each time: a seek puts another group in its place.
        const group = topic.groups.get(source.group) ?? createGroup(topic, source.group, source.start)
        if (group.isHeld || group.next === topic.entries.length) {
          await Promise.race([server.change(), stopped])
          continue
        }
        group.isHeld = true
        const batch = topic.entries.slice(group.next, group.next + prefetch).map(
          ({ message, time }, index): Delivery => ({
            message,
            time,
            topic: source.topic,
            attempt: 1,
            lane: source.topic,
            position: String(group.next + index),
            signal: noLease,
            native: undefined,
          }),
        )
        const outcomes = await deliver(batch)
        const open = outcomes.findIndex(({ kind }) => kind === 'nack' || kind === 'release')
        group.next += open === -1 ? batch.length : open
        group.isHeld = false
        server.changed()
      }
    },

    async seek({ topic: name, group }, to) {
      createGroup(server.topic(name), group, to)
      server.changed()
    },

    async close() {},
  }
}

/** Nothing takes a delivery away from its reader here. */
const noLease = new AbortController().signal

function createGroup(topic: Topic, name: string, start: StartPosition = 'earliest'): Group {
  const group = { next: indexOf(topic, start), isHeld: false }
  topic.groups.set(name, group)
  return group
}

function indexOf({ entries }: Topic, start: StartPosition): number {
  if (start === 'earliest') return 0
  if (start === 'latest') return entries.length
  if ('position' in start) return Math.min(toIndex(start.position), entries.length)
  const index = entries.findIndex(({ time }) => time >= start.time)
  return index === -1 ? entries.length : index
}

function toIndex(position: string): number {
  if (/^\d{1,15}$/.test(position)) return Number(position)
  const what = `"${position}" is not a position: use one that a delivery had`
  throw new WaybillError('ERR_CONFIG', what, { adapter: 'log' })
}

export const binding = headerBinding({ name: 'log', prefix: 'ce-' })

/** What an application calls. */
export function log(server: LogServer): Broker {
  return createBroker({ name: 'log', driver: logDriver(server), binding })
}

/** What the conformance suite needs to know. */
export function logHarness(server: LogServer): Harness {
  let topics = 0
  return {
    name: 'log',
    open: async (wrap) => createBroker({ name: 'log', driver: wrap(logDriver(server)), binding }),
    topic: async () => `topic-${++topics}`,
    lanes: 1,
  }
}

if (process.argv[1] === import.meta.filename) {
  const results = await runCases(logHarness(new LogServer()), {
    onResult: ({ result, case: name, reason }) => console.log(`${result}: ${name} ${reason}`),
  })
  process.exitCode = results.some(({ result }) => result === 'failed') ? 1 : 0
}
