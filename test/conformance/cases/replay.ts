import type { StartKind, StartPosition } from '../../../adapters/core/driver.ts'
import { all, atLeastOnce, type Case, declares, type Needs } from '../case.ts'
import { equal, fail, ok, rejects, show, throws } from '../check.ts'
import type { Reader } from '../reader.ts'
import type { Trial } from '../trial.ts'
import { distinct, upTo } from './calls.ts'

const kinds: readonly StartKind[] = ['earliest', 'latest', 'time', 'position']
const positions: Readonly<Record<StartKind, StartPosition>> = {
  earliest: 'earliest',
  latest: 'latest',
  time: { time: 0 },
  position: { position: '0' },
}

const kept: Needs = all(atLeastOnce, declares('earliest'))

/** Ten events that a group has read, one after the other, in one lane. */
async function readTen(t: Trial) {
  const source = t.source(await t.topic())
  const reader = await t.read(source)
  await t.broker.publish(source.topic, t.events(5), { key: 'k' })
  await reader.gets(t.events(5))
  // Far enough from the clock's grain, and from a broker's whose clock differs a little.
  await t.pause(20)
  await t.broker.publish(source.topic, t.events(5, 5), { key: 'k' })
  await reader.gets(t.events(10))
  await reader.close()
  return { source, reader }
}

/** What the group gets next. */
async function getsFrom(t: Trial, reader: Reader, first: number): Promise<void> {
  await reader.gets(t.events(10 - first, first))
  await t.quiet()
  const expected = upTo(10 - first, first)
  equal(
    distinct(reader.calls).sort((a, b) => a - b),
    expected,
    'what came',
  )
}

function placeOf(reader: Reader, n: number) {
  const delivery = reader.calls.find((call) => call.n === n)?.delivery ?? fail(`event ${n} did not come`)
  return delivery
}

function positionOf(reader: Reader, n: number): StartPosition {
  const { position, lane } = placeOf(reader, n)
  return { position: position ?? fail('deliveries have no position, though "position" is declared'), lane }
}

function timeOf(reader: Reader, n: number): StartPosition {
  return { time: placeOf(reader, n).time ?? fail('deliveries have no time, though "time" is declared') }
}

export const replay: readonly Case[] = [
  {
    name: 'replay from the earliest brings back everything, in order',
    checks: [50],
    needs: all(atLeastOnce, declares('earliest')),
    async run(t) {
      const { source } = await readTen(t)
      await t.broker.replay(source, 'earliest')
      await getsFrom(t, await t.read(source), 0)
    },
  },
  {
    name: 'replay from a time brings back what was stored from then on',
    checks: [50],
    needs: all(atLeastOnce, declares('time')),
    async run(t) {
      const { source, reader } = await readTen(t)
      await t.broker.replay(source, timeOf(reader, 5))
      await getsFrom(t, await t.read(source), 5)
    },
  },
  {
    name: 'replay from a position brings back the event there and what follows it',
    checks: [50],
    needs: all(atLeastOnce, declares('position')),
    async run(t) {
      const { source, reader } = await readTen(t)
      await t.broker.replay(source, positionOf(reader, 7))
      await getsFrom(t, await t.read(source), 7)
    },
  },
  {
    name: 'replay from the latest skips what the group has not read',
    checks: [50],
    needs: all(atLeastOnce, declares('latest')),
    async run(t) {
      const { source } = await readTen(t)
      await t.broker.publish(source.topic, t.events(5, 10), { key: 'k' })
      await t.broker.replay(source, 'latest')
      const reader = await t.read(source)
      await t.broker.publish(source.topic, t.event(20), { key: 'k' })
      await reader.gets([t.event(20)])
      equal(distinct(reader.calls), [20], 'what came')
    },
  },
  {
    name: 'a group that starts at a time gets what was stored from then on',
    checks: [50],
    needs: all(kept, declares('time')),
    async run(t) {
      const { source, reader } = await readTen(t)
      await getsFrom(t, await t.read(t.source(source.topic, timeOf(reader, 5))), 5)
    },
  },
  {
    name: 'a group that starts at a position gets the event there and what follows it',
    checks: [50],
    needs: all(kept, declares('position')),
    async run(t) {
      const { source, reader } = await readTen(t)
      await getsFrom(t, await t.read(t.source(source.topic, positionOf(reader, 7))), 7)
    },
  },
  {
    name: 'the start of a source means nothing to a group that has a position',
    checks: [50],
    needs: all(atLeastOnce, declares('earliest')),
    async run(t) {
      const { source } = await readTen(t)
      const reader = await t.read({ ...source, start: 'earliest' })
      await t.broker.publish(source.topic, t.event(10), { key: 'k' })
      await reader.gets([t.event(10)])
      equal(distinct(reader.calls), [10], 'what came')
    },
  },
  {
    name: 'a replay moves one group and no other',
    checks: [50],
    needs: all(atLeastOnce, declares('earliest')),
    async run(t) {
      const { source } = await readTen(t)
      const other = t.source(source.topic)
      const reader = await t.read(other)
      await reader.gets(t.events(10))
      await t.broker.replay(source, 'earliest')
      const again = await t.read(source)
      await again.gets(t.events(10))
      await t.quiet()
      equal(
        distinct(reader.calls).length,
        reader.calls.length,
        `calls in the other group: ${show(reader.calls.length)}`,
      )
    },
  },
  ...kinds.map(
    (kind): Case => ({
      name: `"${kind}" is refused with ERR_UNSUPPORTED, as start and as replay, where it is not declared`,
      checks: [50],
      needs: ({ replay: declared }) => !declared.includes(kind) || `the broker declares "${kind}"`,
      async run(t) {
        const source = t.source(await t.topic())
        const error = await rejects(
          t.broker.replay(source, positions[kind]),
          'ERR_UNSUPPORTED',
          `replay from ${kind}`,
        )
        ok(error instanceof Error && error.message.includes(kind), `the error does not name "${kind}"`)
        const start = () => t.broker.subscribe({ ...source, start: positions[kind] }, () => {})
        throws(start, 'ERR_UNSUPPORTED', `start from ${kind}`)
      },
    }),
  ),
]
