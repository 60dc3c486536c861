import { expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { createEvent } from '../../adapters/core/event.ts'
import { produceKey } from '../../adapters/kafka/produce-request.ts'
import { type Change, changeRequests } from '../../adapters/kafka/requests.ts'
import { noteStored } from '../../adapters/kafka/stored.ts'
import { describeWith } from '../dev/available.ts'
import { newTopic, openKafka, theServer } from './server.ts'

const partitions = 3
const perPartition = 4

interface Sent {
  readonly topicData: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: string; readonly firstSequence: number }[]
  }[]
}

function isSent(asked: object): asked is Sent {
  return 'topicData' in asked
}

/** Once it is armed, the server refuses one partition of the next request: its numbers leave a gap. */
function gapFor(refused: number) {
  const state = { isArmed: false }
  const change: Change = (create, asked) => {
    if (!state.isArmed || !isSent(asked)) return noteStored(create, asked)
    state.isArmed = false
    const topicData = asked.topicData.map((each) => ({
      ...each,
      partitions: each.partitions.map((part) =>
        Number(part.partition) === refused ? { ...part, firstSequence: part.firstSequence + 100 } : part,
      ),
    }))
    return noteStored(create, { ...asked, topicData })
  }
  return { state, change }
}

await describeWith('kafka', 'a send of which the server refuses one partition', () => {
  it('is repeated for that partition alone, so that no other record is there twice', async () => {
    const topic = await newTopic(partitions)
    const { address } = await theServer()
    const { state, change } = gapFor(1)
    const plain = new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING })
    await using broker = await openKafka({ client: changeRequests(plain, new Map([[produceKey, change]])) })
    const events = Array.from({ length: 24 }, (_, n) =>
      createEvent({ type: 'test.numbered', source: '/test', id: String(n) }),
    )
    const key = ({ id }: { readonly id: string }) => `k${Number(id) % 12}`
    // A producer that the server does not know yet may begin at any number.
    const before = await broker.publish(topic, events, { key })
    state.isArmed = true
    const after = await broker.publish(topic, events, { key })

    expect(state.isArmed).toBe(false)
    const admin = plain.admin()
    await admin.connect()
    const ends = await admin.fetchTopicOffsets(topic)
    await admin.disconnect()
    const stored = ends.map(({ high }) => Number(high))
    expect(stored).toHaveLength(partitions)
    expect(Math.min(...stored)).toBeGreaterThanOrEqual(perPartition)
    expect(stored.reduce((sum, count) => sum + count, 0)).toBe(2 * events.length)
    const places = [...before, ...after].map(({ lane, position }) => `${lane}:${position}`)
    expect(new Set(places).size).toBe(2 * events.length)
  }, 60_000)
})
