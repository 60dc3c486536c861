import { type Clock, systemClock } from '../core/clock.ts'
import type { Capabilities, Deliver, Driver, ReceiveOptions, SendResult, Source } from '../core/driver.ts'
import { WaybillError } from '../core/errors.ts'
import type { Message } from '../core/message.ts'
import { nearest } from '../core/nearest.ts'
import type { Member } from './group.ts'
import { Topic } from './topic.ts'

/** Settings of the memory broker. */
export interface MemoryOptions {
  /**
   * Who repeats after a failure: `broker` counts attempts and redelivers after a nack's delay, as JetStream does;
   * `runner` leaves it to the runner, which holds the lane, as Kafka must. Default `broker`.
   */
  readonly redelivery?: 'broker' | 'runner' | undefined
  /** Messages of a topic that every group has settled and that stay for replay. Default 1 000. */
  readonly retainCount?: number | undefined
  /** How long these stay at most, in milliseconds. Default `Infinity`. */
  readonly retainMs?: number | undefined
  /**
   * Messages that a group may have unsettled in a topic before publishing to it waits. A topic that no group reads keeps
   * its last so many. Default 10 000.
   */
  readonly capacity?: number | undefined
  /** Topics come into being when first used. Without it `ensure` must create them. Default true. */
  readonly createTopics?: boolean | undefined
  /** Largest message in bytes of body, headers and key. Default 1 048 576. */
  readonly maxMessageBytes?: number | undefined
  readonly clock?: Clock | undefined
}

/**
 * The reference driver: everything in this process, nothing kept after it. Lanes are keys; messages without a key have
 * no lane. A group exists from its first reader, or from `ensure`, and keeps its place while nobody reads.
 */
export function memoryDriver(options: MemoryOptions = {}): Driver {
  const { redelivery = 'broker', createTopics = true, clock = systemClock } = options
  const limits = {
    retainCount: options.retainCount ?? 1_000,
    retainMs: options.retainMs ?? Number.POSITIVE_INFINITY,
    capacity: options.capacity ?? 10_000,
  }
  const capabilities: Capabilities = {
    delivery: 'at-least-once',
    ordering: 'lane',
    redelivery,
    attempts: redelivery === 'broker',
    delay: redelivery === 'broker',
    headers: true,
    replay: ['earliest', 'latest', 'time', 'position'],
    maxBatch: { records: 1_000, bytes: 16 * 1_048_576 },
    maxMessageBytes: options.maxMessageBytes ?? 1_048_576,
  }
  const topics = new Map<string, Topic>()
  const closing = new AbortController()

  function topicOf(name: string): Topic {
    const known = topics.get(name)
    if (known !== undefined) return known
    if (!createTopics) throw notFound(name)
    return create(name)
  }

  function create(name: string): Topic {
    const topic = topics.get(name) ?? new Topic(name, limits, clock)
    topics.set(name, topic)
    return topic
  }

  function notFound(name: string): WaybillError {
    const near = nearest(name, [...topics.keys()])
    const place = near === undefined ? '' : ` (nearest: "${near}")`
    const text = `topic "${name}" does not exist${place}: create it with ensure, or allow createTopics`
    return new WaybillError('ERR_NOT_FOUND', text, { adapter: 'memory' })
  }

  function groupOf({ topic: name, group, start = 'earliest' }: Source) {
    const topic = topicOf(name)
    return { topic, group: topic.group(group, start, capabilities.delay) }
  }

  async function send(
    name: string,
    messages: readonly Message[],
    signal = closing.signal,
  ): Promise<SendResult[]> {
    const topic = topicOf(name)
    const results: SendResult[] = []
    let time = clock.now()
    for (const message of messages) {
      if (topic.isFull) {
        await topic.room(signal)
        time = clock.now()
      }
      if (signal.aborted) {
        const error = new WaybillError(
          'ERR_CLOSED',
          `topic "${name}" was full until close: publish less, or read it faster`,
          {
            adapter: 'memory',
          },
        )
        results.push({ error, retryable: false })
      } else {
        const { sequence } = topic.append(message, time)
        results.push({ position: String(sequence), lane: message.key })
      }
    }
    return results
  }

  async function receive(
    source: Source,
    deliver: Deliver,
    signal: AbortSignal,
    { prefetch }: ReceiveOptions,
  ): Promise<void> {
    const { group } = groupOf(source)
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const endIfDrained = () => {
        if (signal.aborted && member.inFlight === 0) resolve()
      }
      const member: Member = {
        deliver,
        // A lane that the runner holds must not keep others from being read, as a partition does not either.
        prefetch: redelivery === 'runner' ? Number.POSITIVE_INFINITY : prefetch,
        batchSize: Math.max(1, Math.floor(prefetch / 16)),
        inFlight: 0,
        onSettled: endIfDrained,
      }
      const leave = () => {
        group.leave(member)
        endIfDrained()
      }
      signal.addEventListener('abort', leave, { once: true })
      group.join(member)
    })
  }

  return {
    capabilities,
    send,
    receive,
    async close() {
      closing.abort()
      for (const topic of topics.values()) topic.close()
    },
    async seek(source, to) {
      const { topic, group } = groupOf(source)
      topic.seek(group, to)
    },
    async ping() {},
    async ensure({ topics: names, groups = [] }) {
      for (const name of names) create(name)
      for (const source of groups) groupOf(source)
    },
  }
}
