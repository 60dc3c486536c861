import { describe, expect, it } from '@jest/globals'
import { type DeadLetter, deadLetterMessage } from '../../adapters/core/dead-letter.ts'
import { sizeOf } from '../../adapters/core/message.ts'
import { isCloudEventsString } from '../../adapters/core/rules.ts'
import { idle } from '../manual-clock.ts'
import { bytesOf, envelope, event, textOf } from './events.ts'
import { binding, delivery, gate, inPlace, lane, recordedRunner } from './recorded-runner.ts'

const boom = new Error('boom')
const time = Date.UTC(2026, 0, 31, 12)

function letter(changes: Partial<DeadLetter> = {}): DeadLetter {
  return { delivery: delivery('1', { lane: 'k' }), cause: boom, attempts: 3, time, ...changes }
}

describe('a dead letter', () => {
  it('is the original message, with the reason, the topic, the attempts and the time', () => {
    const dead = letter()
    const original = dead.delivery.message
    const message = deadLetterMessage(binding, dead)
    expect(message).toEqual({
      key: 'k',
      body: original.body,
      headers: {
        ...original.headers,
        'ce-dlqreason': 'boom',
        'ce-dlqtopic': 'orders',
        'ce-dlqattempts': '3',
        'ce-dlqtime': '2026-01-31T12:00:00.000Z',
      },
    })
    expect({ ...binding.decode(message) }).toMatchObject({ id: '1', data: { id: '1' }, dlqtopic: 'orders' })
  })

  it('of a structured event carries them in the envelope, and its data untouched', () => {
    const body = bytesOf(envelope('"data":{"n":9007199254740993 ,"m":1.0}'))
    const headers = { 'content-type': 'application/cloudevents+json', custom: 'x' }
    const message = deadLetterMessage(
      binding,
      letter({ delivery: delivery('1', { message: { body, headers } }) }),
    )
    expect(message.headers).toEqual(headers)
    expect(textOf(message.body)).toContain('"data":{"n":9007199254740993 ,"m":1.0}')
    expect({ ...binding.decode(message) }).toMatchObject({
      dlqreason: 'boom',
      dlqattempts: 3,
      dlqtopic: 'orders',
    })
  })

  it('of what is no event has the same bytes, headers and key', () => {
    const message = {
      body: new Uint8Array([0xff, 0]),
      headers: { 'content-type': 'x', Other: 'ü' },
      key: 'k',
    }
    const dead = deadLetterMessage(binding, letter({ delivery: delivery('1', { message }) }))
    expect(dead).toMatchObject(message)
    expect(Object.keys(dead.headers)).toHaveLength(6)
    expect(
      deadLetterMessage(binding, letter({ delivery: delivery('1', { message: { ...message, body: null } }) }))
        .body,
    ).toBeNull()
  })

  it('tells of its latest death only', () => {
    const once = deadLetterMessage(binding, letter())
    const twice = deadLetterMessage(
      binding,
      letter({
        delivery: delivery('1', { message: once, topic: 'dlq.billing' }),
        cause: new Error('again'),
        attempts: 1,
      }),
    )
    expect({ ...binding.decode(twice) }).toMatchObject({
      dlqreason: 'again',
      dlqtopic: 'dlq.billing',
      dlqattempts: 1,
    })
    expect(Object.keys(twice.headers)).toHaveLength(Object.keys(once.headers).length)
  })

  it.each<[string, unknown, string]>([
    ['lines and tabs', new Error('a\r\n\tb\u0000c'), 'a b c'],
    ['noncharacters and lone surrogates', new Error('a\ufffe\ud800b'), 'a b'],
    ['nothing', new Error(' \n '), 'unknown'],
    ['an empty string', '', 'unknown'],
    ['undefined', undefined, 'undefined'],
    ['an object', { status: 503 }, 'a thrown object: throw an Error that says why'],
    ['an error whose message is none', Object.assign(new Error('x'), { message: { code: 5 } }), 'Error'],
  ])('has a reason that is legal in a header, from %s', (_, cause, reason) => {
    expect(binding.decode(deadLetterMessage(binding, letter({ cause }))).dlqreason).toBe(reason)
  })

  it.each([
    ['in the envelope of an event that takes leniency', {}, '"BAD":1,"data":{"n": 9007199254740993}'],
    [
      'in an envelope that is declared',
      { 'content-type': 'application/cloudevents+json' },
      '"confluentRouting":{"a":1}',
    ],
  ])('has none that the original forged, %s', (_, headers, members) => {
    const body = bytesOf(envelope(`"dlqtopic":"forged","dlqreason":"forged",${members}`))
    const original = { body, headers }
    const made = deadLetterMessage(binding, letter({ delivery: delivery('1', { message: original }) }))
    expect({ ...binding.decode(made) }).toMatchObject({ dlqtopic: 'orders', dlqattempts: 3 })
    expect(binding.decode(made).dlqreason).not.toBe('forged')
    expect(textOf(made.body)).toContain(members)
  })

  it('has none that the original forged where its own do not fit either', () => {
    const message = binding.encode(event({ id: '1', dlqtopic: 'forged', data: bytesOf('x'.repeat(500)) }))
    const made = deadLetterMessage(binding, letter({ delivery: delivery('1', { message }) }), sizeOf(message))
    expect(Object.keys(made.headers).filter((name) => name.includes('dlq'))).toEqual([])
    expect(made.body).toBe(message.body)
  })

  it('has a reason of 500 characters at most, cut between characters', () => {
    for (const text of ['x'.repeat(10_000), '😀'.repeat(2_000), `a${'😀'.repeat(2_000)}`]) {
      const reason = String(
        binding.decode(deadLetterMessage(binding, letter({ cause: new Error(text) }))).dlqreason,
      )
      expect(Array.from(reason)).toHaveLength(500)
      expect(isCloudEventsString(reason)).toBe(true)
    }
  })
})

describe('dead-lettering', () => {
  it('gives the publisher the delivery, the cause, the attempts and the time', async () => {
    const run = recordedRunner(
      () => {
        throw boom
      },
      { policy: { maxAttempts: 1 } },
    )
    const dead = delivery('1')
    await run.deliver([dead])
    expect(run.letters).toEqual([{ delivery: dead, cause: boom, attempts: 1, time: run.clock.now() }])
    expect(run.log).toMatchObject([
      {
        level: 'warn',
        message: 'event dead-lettered',
        fields: { topic: 'orders', position: '1', attempts: 1, reason: 'boom' },
      },
    ])
  })

  it('settles nothing before the letter is accepted', async () => {
    const accepted = gate()
    const run = recordedRunner(
      () => {
        throw boom
      },
      { policy: { maxAttempts: 1 }, deadLetter: () => accepted.passed },
    )
    const settled: unknown[] = []
    void run.deliver(lane('a', ['1'])).then((outcomes) => settled.push(...outcomes))
    await idle()
    expect([settled, run.kinds()]).toEqual([[], ['received']])
    accepted.open()
    await idle()
    expect(settled).toEqual([{ kind: 'term', cause: boom }])
  })

  it('is tried again and again, with growing waits, while the handler does not run again', async () => {
    let [calls, tries] = [0, 0]
    const run = recordedRunner(
      () => {
        calls++
        throw boom
      },
      {
        policy: { maxAttempts: 1 },
        deadLetter: async () => {
          if (++tries < 5) throw new Error('topic is down')
        },
      },
    )
    const settled: unknown[] = []
    void run.deliver(lane('a', ['1', '2'])).then((outcomes) => settled.push(...outcomes))
    await run.clock.advance(100 + 200 + 400 + 799)
    expect([calls, tries, settled]).toEqual([1, 4, []])
    await run.clock.advance(1)
    expect([calls, settled]).toEqual([
      2,
      [
        { kind: 'term', cause: boom },
        { kind: 'term', cause: boom },
      ],
    ])
    expect(run.kinds().filter((kind) => kind === 'dead-letter-failed')).toHaveLength(4)
    expect(run.log[0]).toMatchObject({
      level: 'error',
      message: 'publishing the dead letter failed; trying again',
      fields: { reason: 'boom', failure: 'topic is down' },
    })
  })

  it('that throws instead of rejecting is tried again too', async () => {
    let tries = 0
    const run = recordedRunner(
      () => {
        throw boom
      },
      {
        policy: { maxAttempts: 1 },
        deadLetter() {
          if (++tries < 2) throw new Error('at once')
          return Promise.resolve()
        },
      },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(100)
    expect(await done).toEqual([{ kind: 'term', cause: boom }])
  })

  it('that waits leaves its place to other lanes', async () => {
    const run = recordedRunner(
      ({ id }) => {
        if (id === '1') throw boom
      },
      {
        policy: { maxAttempts: 1, concurrency: 1 },
        deadLetter: async () => {
          throw new Error('topic is down')
        },
      },
    )
    void run.deliver(lane('a', ['1']))
    await idle()
    expect(await run.deliver(lane('b', ['2']))).toEqual([{ kind: 'ack' }])
    run.abort.abort()
  })

  it('is given up when the run ends: the delivery goes back, unsettled', async () => {
    for (const end of ['stop', 'abort'] as const) {
      const run = recordedRunner(
        () => {
          throw boom
        },
        {
          policy: { maxAttempts: 1 },
          deadLetter: async () => {
            throw new Error('topic is down')
          },
        },
      )
      const done = run.deliver(lane('a', ['1', '2']))
      await idle()
      run[end].abort()
      expect(await done).toEqual([{ kind: 'release' }, { kind: 'release' }])
      expect(run.clock.waits).toEqual([])
    }
  })

  it('that hangs is given up on abort, not on stop', async () => {
    const run = recordedRunner(
      () => {
        throw boom
      },
      { policy: { maxAttempts: 1 }, deadLetter: () => new Promise(() => {}) },
    )
    const settled: unknown[] = []
    void run.deliver([delivery('1')]).then((outcomes) => settled.push(...outcomes))
    await idle()
    run.stop.abort()
    await run.clock.advance(100_000)
    expect(settled).toEqual([])
    run.abort.abort()
    await idle()
    expect([settled, run.kinds(), run.log]).toEqual([[{ kind: 'release' }], ['received', 'released'], []])
  })

  it('is bounded by no time limit of the handler', async () => {
    const accepted = gate()
    const run = recordedRunner(
      () => {
        throw boom
      },
      {
        capabilities: inPlace,
        policy: { maxAttempts: 1, timeoutMs: 10 },
        deadLetter: () => accepted.passed,
      },
    )
    const done = run.deliver([delivery('1')])
    await run.clock.advance(1_000)
    accepted.open()
    expect(await done).toEqual([{ kind: 'term', cause: boom }])
  })
})

describe('a policy without dead letters', () => {
  it('drops the event, loudly', async () => {
    const run = recordedRunner(
      () => {
        throw boom
      },
      { policy: { maxAttempts: 1, deadLetter: false } },
    )
    expect(await run.deliver([delivery('1')])).toEqual([{ kind: 'term', cause: boom }])
    expect(run.letters).toEqual([])
    expect(run.observations.at(-1)).toMatchObject({ kind: 'dropped', attempt: 1, cause: boom })
    expect(run.log).toMatchObject([
      { level: 'error', message: 'event dropped: the policy has no dead letter' },
    ])
  })

  it('drops what cannot be decoded', async () => {
    const run = recordedRunner(() => {}, { policy: { deadLetter: false } })
    const message = { body: null, headers: { 'content-type': 'application/cloudevents+json' } }
    expect(await run.deliver([delivery('1', { message })])).toMatchObject([
      { kind: 'term', cause: { code: 'ERR_DECODE' } },
    ])
    expect(run.kinds()).toEqual(['received', 'dropped'])
  })
})
