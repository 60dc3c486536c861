import { expect, it } from '@jest/globals'
import { createEvent } from '../../adapters/core/event.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { newStream, openKinesis } from './server.ts'

const eventOf = (n: number) =>
  createEvent({ type: 'n', source: '/n', id: String(n), partitionkey: `key-${n % 5}` })
const eventsOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => eventOf(from + index))

await describeWith('kinesis', 'enhanced fan-out', () => {
  it('reads in order by a consumer that it registers, and goes on from the checkpoint', async () => {
    const topic = await newStream('kinesis', 2)
    await using broker = await openKinesis('kinesis', { fanOut: true })
    const source = { topic, group: 'fan' }
    const handled: number[] = []
    const handler = ({ id }: { readonly id: string }) => void handled.push(Number(id))
    await broker.publish(topic, eventsOf(40))
    const first = broker.subscribe(source, handler)
    await eventually('40 events', () => handled.length === 40, 15_000)
    await broker.publish(topic, eventsOf(10, 40))
    await eventually('50 events', () => handled.length === 50, 15_000)
    await first.close()
    await broker.publish(topic, eventsOf(10, 50))
    const second = broker.subscribe(source, handler)
    await eventually('60 events', () => handled.length === 60, 15_000)
    await second.close()
    for (let key = 0; key < 5; key++)
      expect(handled.filter((n) => n % 5 === key)).toEqual(
        eventsOf(60).flatMap(({ id }) => (Number(id) % 5 === key ? [Number(id)] : [])),
      )
    const { StreamDescriptionSummary: found } = await broker.native.describeStreamSummary({
      StreamName: topic,
    })
    const { Consumers = [] } = await broker.native.listStreamConsumers({ StreamARN: found?.StreamARN })
    expect(Consumers.map(({ ConsumerName }) => ConsumerName)).toEqual(['fan'])
  }, 60_000)

  // kinesis-local never tells of the end of a shard to whoever is subscribed, so that a recorded answer stands for it elsewhere.
  it('starts at a time', async () => {
    const topic = await newStream('kinesis')
    await using broker = await openKinesis('kinesis', { fanOut: true, consumerName: 'one-name' })
    await broker.publish(topic, eventsOf(5))
    await new Promise((resolve) => setTimeout(resolve, 30))
    const source = { topic, group: 'late', start: { time: Date.now() } }
    const handled: number[] = []
    await broker.ensure({ topics: [], groups: [source] })
    await broker.publish(topic, eventsOf(5, 5))
    const reading = broker.subscribe(source, ({ id }) => void handled.push(Number(id)))
    await eventually('5 events', () => handled.length >= 5, 15_000)
    expect(handled).toEqual([5, 6, 7, 8, 9])
    await reading.close()
  }, 60_000)
})
