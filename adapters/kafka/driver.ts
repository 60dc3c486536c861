import type { Capabilities, Driver, Source, StartPosition } from '../core/driver.ts'
import type { Logger } from '../core/observe.ts'
import type { Client } from './client.ts'
import { ensureTopics } from './ensure.ts'
import { committedOffsets, offsetsAt } from './offsets.ts'
import { problem } from './problem.ts'
import { createProducer } from './producer.ts'
import { read } from './reading.ts'
import { Topics } from './topics.ts'
import { visit } from './visit.ts'

/** Records of one send: kafkajs groups them by partition in time that grows with the square of their number. */
const maxRecords = 500

/** Topics, partitions and groups of a Kafka cluster through kafkajs. */
export function kafkaDriver(client: Client, logger?: Logger): Driver {
  const { settings } = client
  const topics = new Topics(client)
  const producer = createProducer(client, topics)
  /** Groups that are read, where the application's own instance of kafkajs is used. */
  const reading = new Set<string>()
  const capabilities: Capabilities = {
    delivery: 'at-least-once',
    ordering: 'lane',
    redelivery: 'runner',
    attempts: false,
    delay: false,
    headers: true,
    replay: ['earliest', 'latest', 'time', 'position'],
    maxBatch: { records: maxRecords, bytes: settings.maxMessageBytes },
    maxMessageBytes: settings.maxMessageBytes,
  }

  /** A group that has any position in the topic keeps it, and reads what it has none for from the beginning. */
  async function place({ group, start = 'earliest' }: Source, names: readonly string[]): Promise<void> {
    for (const topic of names) {
      const what = `looking up group "${group}"`
      const isPlaced = () =>
        client.admin(what, async (admin) => (await committedOffsets(admin, group, topic)).size > 0)
      if (await isPlaced()) continue
      await move(group, topic, start, isPlaced)
    }
  }

  async function move(
    group: string,
    topic: string,
    to: StartPosition,
    isPlaced: () => Promise<boolean> = async () => false,
  ): Promise<void> {
    const what = `looking up the offsets of "${topic}"`
    const offsets = await client.admin(what, (admin) => offsetsAt(admin, topic, to))
    const partitions = (await topics.partitions(topic)).length
    await visit(client, {
      group,
      topic,
      partitions,
      // Another reader may have been first.
      offsets: async () => ((await isPlaced()) ? [] : offsets),
    })
  }

  function one(group: string): void {
    if (settings.client === undefined) return
    if (reading.has(group))
      throw problem(
        'ERR_CONFIG',
        `group "${group}" is read twice through one "client", which shares what is committed: leave "client" out`,
      )
    reading.add(group)
  }

  return {
    capabilities,
    send: producer.send,
    async receive(source, deliver, signal, options) {
      one(source.group)
      const begin = async (from: Source, names: readonly string[]) => {
        if ((from.start ?? 'earliest') !== 'earliest') await place(from, names)
      }
      try {
        await read({ client, topics, logger, place: begin }, source, deliver, signal, options)
      } finally {
        reading.delete(source.group)
      }
    },
    async close() {
      await Promise.all([producer.close(), topics.close()])
    },
    async seek({ topic: name, group }, to) {
      const names = await topics.matching(name)
      if (names.length > 1 && typeof to === 'object' && 'position' in to)
        throw problem(
          'ERR_CONFIG',
          `a position is one of one topic, and ${name} matches ${names.length}: name the topic`,
        )
      for (const topic of names) await move(group, topic, to)
    },
    async ensure({ topics: names, groups = [] }) {
      await ensureTopics(client, names)
      for (const source of groups) await place(source, await topics.matching(source.topic))
    },
    ping: () => topics.ping(),
  }
}
