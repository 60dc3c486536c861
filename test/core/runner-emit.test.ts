import { describe, expect, it } from '@jest/globals'
import { InvalidEventError, PublishError, WaybillError } from '../../adapters/core/errors.ts'
import type { CloudEvent } from '../../adapters/core/event.ts'
import { idle } from '../manual-clock.ts'
import { event } from './events.ts'
import { delivery, gate, inPlace, lane, recordedRunner } from './recorded-runner.ts'

const one = event({ id: 'one' })
const two = event({ id: 'two' })
const tooLarge = new WaybillError('ERR_TOO_LARGE', 'too large')
const down = new WaybillError('ERR_CLOSED', 'sink is down')

function publishError(...errors: unknown[]): PublishError {
  return new PublishError(
    'publish failed',
    errors.map((error, index) => ({ index, error })),
  )
}

async function* stream(...events: CloudEvent[]): AsyncGenerator<CloudEvent> {
  yield* events
}

describe('what a handler returns', () => {
  it.each<[string, () => ReturnType<Parameters<typeof recordedRunner>[0]>, CloudEvent[]]>([
    ['an event', () => one, [one]],
    ['a promise of an event', async () => one, [one]],
    ['a list', () => [one, two], [one, two]],
    ['a promise of a list', async () => [one, two], [one, two]],
    ['a stream', () => stream(one, two), [one, two]],
    ['a promise of a stream', async () => stream(one, two), [one, two]],
    ['an empty stream', () => stream(), []],
    ['a generator', () => [one, two].values(), [one, two]],
  ])('is published in order: %s', async (_, handler, events) => {
    const run = recordedRunner(handler)
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
    expect(run.emitted).toEqual(events)
    expect(run.observations.at(-1)).toMatchObject({ kind: 'handled', emitted: events.length })
  })

  it('is published with the delivery that it follows from', async () => {
    const given: unknown[] = []
    const run = recordedRunner(() => one, { emit: async (_, from) => given.push(from) })
    const from = delivery('1')
    await run.deliver([from])
    expect(given).toEqual([from])
  })

  it.each([
    ['an event', () => one],
    ['a stream', () => stream(one)],
  ])('is confirmed before the ack, and before the next of the lane begins: %s', async (_, result) => {
    const confirmed = gate()
    const order: string[] = []
    const run = recordedRunner(
      ({ id }) => {
        order.push(`handle ${id}`)
        return id === '1' ? result() : undefined
      },
      {
        emit: async () => {
          order.push('emit')
          await confirmed.passed
          order.push('confirmed')
        },
      },
    )
    const done = run.deliver(lane('a', ['1', '2'])).then(() => order.push('settled'))
    await idle()
    expect(order).toEqual(['handle 1', 'emit'])
    confirmed.open()
    await done
    expect(order).toEqual(['handle 1', 'emit', 'confirmed', 'handle 2', 'settled'])
  })

  it('dead-letters the event where the function has no sink', async () => {
    for (const handler of [() => one, async () => [one], () => stream(one)]) {
      const run = recordedRunner(handler, { emit: undefined })
      expect(await run.deliver([delivery('1')])).toMatchObject([
        {
          kind: 'term',
          cause: {
            message:
              'the handler returned an event but the function has no sink: add a sink or return nothing',
          },
        },
      ])
    }
  })
})

describe('a sink that fails', () => {
  it('fails the attempt, so that the handler runs again', async () => {
    let calls = 0
    const run = recordedRunner(
      () => {
        calls++
        return one
      },
      {
        capabilities: inPlace,
        emit: async () => {
          if (calls < 3) throw publishError(down)
        },
      },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(300)
    expect(await done).toEqual([{ kind: 'ack' }])
    expect(calls).toBe(3)
  })

  it('never acks: after the last attempt the event is dead-lettered', async () => {
    const run = recordedRunner(() => one, {
      policy: { maxAttempts: 1 },
      emit: () => Promise.reject(publishError(down)),
    })
    expect(await run.deliver([delivery('1')])).toMatchObject([
      { kind: 'term', cause: { code: 'ERR_PUBLISH' } },
    ])
  })

  it.each([
    ['every record is too large', publishError(tooLarge, tooLarge)],
    ['the event is invalid', new InvalidEventError([])],
    ['the event is too large', tooLarge],
  ])('dead-letters at once where %s', async (_, error) => {
    const run = recordedRunner(() => one, { capabilities: inPlace, emit: () => Promise.reject(error) })
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'term', cause: error }])
  })

  it('is final where one record of several can never be published: the rest would only be published again', async () => {
    const run = recordedRunner(() => one, { emit: () => Promise.reject(publishError(tooLarge, down)) })
    expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'term' }])
  })

  it('is tried again where every record may be published another time', async () => {
    const run = recordedRunner(() => one, { emit: () => Promise.reject(publishError(down, down)) })
    expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'nack' }])
  })

  it('by throwing is no different', async () => {
    const run = recordedRunner(() => one, {
      emit() {
        throw down
      },
    })
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'nack', cause: down, delayMs: 100 }])
  })
})

describe('a stream', () => {
  it('is read on while earlier events are on their way, but not without bound', async () => {
    const confirmed = gate()
    let read = 0
    const run = recordedRunner(
      async function* () {
        for (; read < 10_000; read++) yield one
      },
      { policy: { timeoutMs: 0 }, emit: () => confirmed.passed },
    )
    const done = run.deliver([delivery('1')])
    await idle()
    expect(read).toBeGreaterThan(1)
    expect(read).toBeLessThan(1_000)
    confirmed.open()
    expect(await done).toEqual([{ kind: 'ack' }])
    expect(run.observations.at(-1)).toMatchObject({ emitted: 10_000 })
  })

  it('that throws midway fails the attempt; what it yielded before is published', async () => {
    const run = recordedRunner(async function* () {
      yield one
      throw new Error('midway')
    })
    expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'nack', cause: { message: 'midway' } }])
    expect(run.emitted).toEqual([one])
  })

  it('is closed when the sink refuses one of its events', async () => {
    let closed = false
    const run = recordedRunner(
      async function* () {
        try {
          for (;;) {
            yield one
            await idle()
          }
        } finally {
          closed = true
        }
      },
      { emit: () => Promise.reject(down) },
    )
    expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'nack', cause: down }])
    expect(closed).toBe(true)
  })

  it('that waits for its own publish to be confirmed gets on', async () => {
    const seen: string[] = []
    const run = recordedRunner(
      async function* () {
        yield one
        await idle()
        seen.push('after one')
        yield two
      },
      { emit: async (events) => seen.push(...events.map(({ id }) => id)) },
    )
    await run.deliver([delivery('1')])
    expect(seen).toEqual(['one', 'after one', 'two'])
  })
})
