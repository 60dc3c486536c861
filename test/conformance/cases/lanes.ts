import type { CloudEvent } from '../../../adapters/core/event.ts'
import { all, type Case, lanes, ordered } from '../case.ts'
import { equal, ok } from '../check.ts'
import { keyed, numbers } from './calls.ts'
import { failsFirst } from './failing.ts'

const keys = 16
const keyOf = keyed(keys)

export const inLanes: readonly Case[] = [
  {
    name: 'a failing event never lets a later one of its lane overtake it',
    checks: [44],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const policy = { backoff: { initialMs: 30, factor: 1, maxMs: 30 } }
      const reader = await t.read(
        source,
        failsFirst((n) => (n === 2 ? 3 : 0)),
        { policy },
      )
      await t.broker.publish(source.topic, t.events(6), { key: 'k' })
      await reader.gets(t.events(6))
      equal(numbers(reader.calls), [0, 1, 2, 2, 2, 2, 3, 4, 5], 'the calls')
    },
  },
  {
    name: 'a lane whose event keeps failing does not starve the others',
    checks: [44, 32],
    needs: all(ordered, lanes),
    async run(t) {
      const source = t.source(await t.topic())
      const policy = { backoff: { initialMs: 1_000, maxMs: 1_000 }, drainMs: 20 }
      const reader = await t.read(
        source,
        failsFirst((n) => (n === keys ? 1_000 : 0)),
        { policy },
      )
      const [first, rest] = [t.events(keys), t.events(10 * keys, keys)]
      await t.broker.publish(source.topic, first, { key: keyOf })
      await reader.gets(first)
      const laneOf = new Map(reader.handled.map(({ n, delivery }) => [n % keys, delivery.lane]))
      const isFailing = ({ id }: CloudEvent) => laneOf.get(Number(id) % keys) === laneOf.get(0)
      ok(!first.every(isFailing), 'all sixteen keys are in one lane: give the topic more lanes')
      await t.broker.publish(source.topic, rest, { key: keyOf })
      await reader.gets(rest.filter((event) => !isFailing(event)))
      const passed = reader.handled.filter(({ n, event }) => n >= keys && isFailing(event))
      equal(numbers(passed), [], 'events of the failing lane that were handled')
    },
  },
  {
    name: 'inside a lane one handler runs at a time',
    checks: [30],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const running = new Map<string | undefined, number>()
      let most = 0
      const reader = await t.read(source, async (_, { delivery: { lane } }) => {
        running.set(lane, (running.get(lane) ?? 0) + 1)
        most = Math.max(most, running.get(lane) ?? 0)
        await t.pause(1)
        running.set(lane, (running.get(lane) ?? 0) - 1)
      })
      await t.broker.publish(source.topic, t.events(80), { key: keyOf })
      await reader.gets(t.events(80))
      equal(most, 1, 'handlers at once in one lane')
    },
  },
  {
    name: 'where order is promised, a message with a key has a lane and waits for the batch before it',
    checks: [30, 43],
    needs: ordered,
    async run(t) {
      const source = t.source(await t.topic())
      const busy = new Set<string>()
      const faults: string[] = []
      const receiver = await t.receive(source, async (batch) => {
        const lane = batch[0]?.lane
        if (lane === undefined) faults.push('a message with a key came without a lane')
        else {
          if (batch.some((delivery) => delivery.lane !== lane)) faults.push('a batch holds two lanes')
          if (busy.has(lane)) faults.push(`lane ${lane} was delivered twice at once`)
          busy.add(lane)
          await t.pause(2)
          busy.delete(lane)
        }
        return batch.map(() => ({ kind: 'ack' }))
      })
      await t.broker.publish(source.topic, t.events(64), { key: keyOf })
      await t.until('all to be delivered', () => new Set(receiver.numbers()).size === 64)
      equal(faults, [], 'faults')
    },
  },
  {
    name: 'where no order is promised, deliveries name no lane',
    checks: [43],
    needs: ({ ordering }) => ordering === 'none' || 'the broker promises order',
    async run(t) {
      const source = t.source(await t.topic())
      const receiver = await t.receive(source)
      await t.broker.publish(source.topic, t.events(5), { key: 'k' })
      await t.until('all to be delivered', () => new Set(receiver.numbers()).size === 5)
      ok(
        receiver.deliveries.every(({ lane }) => lane === undefined),
        'a delivery names a lane',
      )
    },
  },
]
