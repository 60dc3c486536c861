import type { CloudEvent } from '../../../adapters/core/event.ts'
import { all, always, atLeastOnce, type Case, type Needs, ordered } from '../case.ts'
import { equal } from '../check.ts'
import { refusing } from '../interpose.ts'
import { distinct, keyed, numbers, upTo } from './calls.ts'
import { seeded } from './failing.ts'

const restarts: Needs = (_, harness) =>
  harness.restart !== undefined || 'the harness cannot restart the server'

/** Fails one call in four, at random and yet the same in every run. */
function unreliable(seed: number) {
  const random = seeded(seed)
  return () => {
    if (random() < 0.25) throw new Error('bad luck')
  }
}

export const faults: readonly Case[] = [
  {
    name: 'a parallel stream whose handlers fail at random is handled completely',
    checks: [32],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const fails = unreliable(1)
      const reader = await t.read(source, async () => {
        await t.pause(1)
        fails()
      })
      const events = t.events(200)
      await t.broker.publish(source.topic, events, { key: keyed(10) })
      await reader.gets(events)
    },
  },
  {
    name: 'the same stream is handled completely when its broker is closed and opened again and again',
    checks: [32, 33],
    needs: atLeastOnce,
    async run(t) {
      const source = t.source(await t.topic())
      const events = t.events(200)
      const fails = unreliable(2)
      const seen = new Set<number>()
      await t.read(source).then((reader) => reader.close())
      await t.broker.publish(source.topic, events, { key: keyed(10) })
      for (let round = 1; seen.size < events.length; round++) {
        const broker = await t.open()
        const reader = await t.read(
          source,
          async () => {
            await t.pause(1)
            fails()
          },
          { broker },
        )
        const left = events.length - seen.size
        await t.until(
          'a part to be handled',
          () => distinct(reader.handled).length >= Math.min(left, round * 40),
        )
        await t.within('closing', broker.close())
        for (const n of numbers(reader.handled)) seen.add(n)
      }
    },
  },
  {
    name: 'what is published while the broker refuses everything arrives once it takes records again',
    checks: [58],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      let down = true
      let refusals = 0
      const broker = await t.open((driver) =>
        refusing(driver, () => {
          refusals++
          return down ? { error: new Error('down'), retryable: true } : undefined
        }),
      )
      const published = broker.publish(source.topic, t.events(10), { key: 'k' })
      await t.until('the broker to refuse records', () => refusals > 0)
      down = false
      await t.within('publishing', published)
      await reader.gets(t.events(10))
    },
  },
  {
    name: 'nothing that was confirmed is lost when the server crashes and comes back',
    checks: [33, 58],
    needs: all(atLeastOnce, restarts),
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source)
      const confirmed: CloudEvent[] = []
      const publishing = async (from: number) => {
        for (const event of t.events(50, from)) {
          await t.broker.publish(source.topic, event, { key: 'k' }).then(
            () => confirmed.push(event),
            () => {},
          )
        }
      }
      await publishing(0)
      const during = publishing(50)
      await t.harness.restart?.()
      await during
      await publishing(100)
      equal(confirmed.length > 50, true, 'anything was confirmed')
      await reader.gets(confirmed)
    },
  },
  {
    name: 'order survives a crash of the server',
    checks: [33, 44],
    needs: all(atLeastOnce, ordered, restarts),
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source, () => t.pause(2))
      await t.broker.publish(source.topic, t.events(200), { key: 'k' })
      await t.until('the first events', () => reader.handled.length > 20)
      await t.harness.restart?.()
      await reader.gets(t.events(200))
      equal(distinct(reader.calls), upTo(200), 'the order')
    },
  },
]
