import { describe, expect, it } from '@jest/globals'
import type { Handler } from '../../adapters/core/handler.ts'
import { idle } from '../manual-clock.ts'
import { event } from './events.ts'
import { delivery, gate, recordedRunner } from './recorded-runner.ts'

const one = event({ id: 'one' })

/** What a program without types can return. */
const anything =
  (value: unknown): Handler =>
  () =>
    JSON.parse(JSON.stringify(value))

/** A stream that yields an event, then what is none. */
function rubbish(value: unknown, closed: () => void): Handler {
  return async function* () {
    try {
      yield one
      yield JSON.parse(JSON.stringify(value))
      throw new Error('read on')
    } finally {
      closed()
    }
  }
}

describe('a result that is no event', () => {
  it.each([[0], [false], [''], ['text'], [{}], [{ type: 't' }], [[5]], [[null]]])(
    'is refused at once where there is a sink: %j',
    async (value) => {
      const run = recordedRunner(anything(value))
      expect(await run.deliver([delivery('1')])).toMatchObject([
        {
          kind: 'term',
          cause: { code: 'ERR_TERMINAL', message: expect.stringContaining('is not an event') },
        },
      ])
      expect([run.emitted, run.letters.length]).toEqual([[], 1])
    },
  )

  it.each([[null], [[]]])('means nothing to publish: %j', async (value) => {
    const run = recordedRunner(anything(value))
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
  })

  it.each([[0], ['text'], [{}], [[5]]])('means nothing where there is no sink: %j', async (value) => {
    const run = recordedRunner(anything(value), { emit: undefined })
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'ack' }])
  })
})

describe('a stream', () => {
  it.each([[null], [5], ['text'], [{}], [[]]])(
    'that yields %j ends there: the event is dead-lettered at once',
    async (value) => {
      let closed = 0
      const run = recordedRunner(rubbish(value, () => closed++))
      expect(await run.deliver([delivery('1')])).toMatchObject([
        { kind: 'term', cause: { code: 'ERR_TERMINAL', message: expect.stringContaining('item 1') } },
      ])
      await idle()
      expect([run.emitted, closed, run.letters.length]).toEqual([[one], 1, 1])
    },
  )

  it('that is abandoned for its time runs its finally, once its step is done', async () => {
    const step = gate()
    let closed = false
    const run = recordedRunner(
      async function* () {
        try {
          yield one
          await step.passed
          yield one
        } finally {
          closed = true
        }
      },
      { policy: { timeoutMs: 100 } },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(100)
    expect(await done).toMatchObject([{ kind: 'nack', cause: { code: 'ERR_TIMEOUT' } }])
    step.open()
    await idle()
    expect([closed, run.emitted]).toEqual([true, [one]])
  })

  it('that hangs in its finally does not hold the lane', async () => {
    const run = recordedRunner(async function* () {
      try {
        yield one
        yield JSON.parse('5')
      } finally {
        await new Promise(() => {})
      }
    })
    expect(await run.deliver([delivery('1')])).toMatchObject([{ kind: 'term' }])
  })
})
