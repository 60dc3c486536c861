import { expect, it } from '@jest/globals'
import kafkajs from 'kafkajs'
import { createEvent } from '../../adapters/core/event.ts'
import { produceKey } from '../../adapters/kafka/produce-request.ts'
import { type Change, changeRequests } from '../../adapters/kafka/requests.ts'
import { noteStored } from '../../adapters/kafka/stored.ts'
import { startProxy } from '../../dev/index.ts'
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

const events = Array.from({ length: 24 }, (_, n) =>
  createEvent({ type: 'test.numbered', source: '/test', id: String(n) }),
)
const key = ({ id }: { readonly id: string }) => `k${Number(id) % 12}`

function clientOf(address: string) {
  return new kafkajs.Kafka({ brokers: [address], logLevel: kafkajs.logLevel.NOTHING })
}

/** How many records each partition has. */
async function storedIn(topic: string, client: ReturnType<typeof clientOf>): Promise<readonly number[]> {
  const admin = client.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  return ends.map(({ high }) => Number(high))
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

await describeWith('kafka', 'a send of which the server refuses one partition', () => {
  it('is repeated for that partition alone, so that no other record is there twice', async () => {
    const topic = await newTopic(partitions)
    const { address } = await theServer()
    const { state, change } = gapFor(1)
    const plain = clientOf(address)
    await using broker = await openKafka({ client: changeRequests(plain, new Map([[produceKey, change]])) })
    // A producer that the server does not know yet may begin at any number.
    const before = await broker.publish(topic, events, { key })
    state.isArmed = true
    const after = await broker.publish(topic, events, { key })

    expect(state.isArmed).toBe(false)
    const stored = await storedIn(topic, plain)
    expect(stored).toHaveLength(partitions)
    expect(Math.min(...stored)).toBeGreaterThanOrEqual(perPartition)
    expect(sumOf(stored)).toBe(2 * events.length)
    const places = [...before, ...after].map(({ lane, position }) => `${lane}:${position}`)
    expect(new Set(places).size).toBe(2 * events.length)
  }, 60_000)
})

await describeWith('kafka', 'a send whose confirmation never arrives', () => {
  it('is repeated by the numbers that it had, so that no record is there twice', async () => {
    const topic = await newTopic(partitions)
    const { address, detour } = await theServer()
    if (detour === undefined) throw new Error('the server is not ours, so that no connection can be cut')
    await using proxy = await startProxy(detour)
    await using broker = await openKafka({ brokers: proxy.address })
    await broker.publish(topic, events, { key })
    for (let cuts = 0; cuts < 3; cuts++) {
      const cut = proxy.cutAtAnswer()
      await Promise.all([cut, broker.publish(topic, events, { key })])
    }
    expect(sumOf(await storedIn(topic, clientOf(address)))).toBe(4 * events.length)
  }, 60_000)
})
