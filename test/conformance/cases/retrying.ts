import { TerminalError } from '../../../adapters/core/errors.ts'
import { all, always, atLeastOnce, type Case } from '../case.ts'
import { equal, ok, show } from '../check.ts'
import { sorted } from './calls.ts'
import { failsFirst } from './failing.ts'

/** Timers may fire a little early. */
const earlyMs = 4

export const retrying: readonly Case[] = [
  {
    name: 'attempts follow the backoff: each waits at least half of its time, and that time doubles',
    checks: [38],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const backoff = { initialMs: 20, factor: 2, maxMs: 1_000 }
      const reader = await t.read(
        source,
        failsFirst(() => 3),
        { policy: { backoff } },
      )
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await reader.gets([t.event(0)])
      const gaps = reader.calls.slice(1).map(({ at }, index) => at - (reader.calls[index]?.at ?? 0))
      equal(gaps.length, 3, 'retries')
      for (const [index, leastMs] of [10, 20, 40].entries()) {
        const gap = gaps[index] ?? 0
        ok(
          gap >= leastMs - earlyMs,
          `retry ${index + 1} came after ${gap.toFixed(1)} ms, not ${leastMs} or more`,
        )
      }
    },
  },
  {
    name: 'an event that always fails does not run in a hot loop',
    checks: [41],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const policy = { backoff: { initialMs: 100, factor: 1, maxMs: 100 }, drainMs: 0 }
      const reader = await t.read(
        source,
        failsFirst(() => 1_000),
        { policy },
      )
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('the first attempt', () => reader.calls.length > 0)
      await t.pause(300)
      const calls = reader.calls.length
      ok(calls <= 8, `${calls} attempts in 300 ms, though each retry waits 50 ms or more`)
    },
  },
  {
    name: 'a nack with a delay is not delivered again before its time',
    checks: [41],
    needs: all(atLeastOnce, ({ delay }) => delay || 'the broker does not delay'),
    async run(t) {
      const source = t.source(await t.topic())
      const delayMs = 200
      const times: number[] = []
      await t.receive(source, (batch) =>
        batch.map(() =>
          times.push(performance.now()) === 1
            ? { kind: 'nack', cause: new Error('later'), delayMs }
            : { kind: 'ack' },
        ),
      )
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await t.until('the second delivery', () => times.length >= 2)
      const [first = 0, second = 0] = times
      ok(
        second - first >= delayMs - earlyMs,
        `it came again after ${(second - first).toFixed(1)} ms of ${delayMs}`,
      )
    },
  },
  {
    name: 'without a dead letter the limit of attempts still holds, and what follows is handled',
    checks: [40],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(
        source,
        failsFirst((n) => (n === 0 ? 1_000 : 0)),
        { policy: { maxAttempts: 3 } },
      )
      await t.broker.publish(source.topic, t.events(2), { key: 'k' })
      await reader.gets([t.event(1)])
      await t.quiet()
      equal(sorted(reader.calls), [0, 0, 0, 1], 'the calls')
    },
  },
  {
    name: 'a terminal error ends the attempts at once',
    checks: [40],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const reader = await t.read(source, ({ id }) => {
        if (id === '0') throw new TerminalError('this can never work')
      })
      await t.broker.publish(source.topic, t.events(2), { key: 'k' })
      await reader.gets([t.event(1)])
      await t.quiet()
      equal(sorted(reader.calls), [0, 1], 'the calls')
    },
  },
  {
    name: 'an attempt that takes too long is told by its signal and repeated',
    checks: [38],
    needs: always,
    async run(t) {
      const source = t.source(await t.topic())
      const told: number[] = []
      const reader = await t.read(
        source,
        (_, { attempt, signal }) => {
          if (attempt > 2) return
          signal.addEventListener('abort', () => told.push(attempt))
          return t.hang()
        },
        { policy: { timeoutMs: 20 } },
      )
      await t.broker.publish(source.topic, t.event(0), { key: 'k' })
      await reader.gets([t.event(0)])
      equal(told, [1, 2], `attempts that were told (calls: ${show(reader.calls.length)})`)
    },
  },
]
