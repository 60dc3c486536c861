import { describe, expect, it } from '@jest/globals'
import type { Warning } from '../../adapters/index.ts'
import { jetstreamBinding, natsBinding } from '../../adapters/nats/binding.ts'
import { bytesOf, thrownBy } from '../core/events.ts'

const message = { body: bytesOf('hello'), headers: {} }
const topic = 'orders.created'

describe('a core NATS message that is no CloudEvent', () => {
  const nats = natsBinding()

  it('is named after its subject and has a made-up id and time', () => {
    const before = Date.now()
    const event = nats.decode(message, { topic })
    expect(event).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      source: 'nats:///orders.created',
      type: 'io.nats.message',
      subject: topic,
      time: expect.any(String),
      data: message.body,
    })
    expect(Date.parse(event.time ?? '')).toBeGreaterThanOrEqual(before)
  })

  it('is the same event at each attempt of one delivery, and another at the next', () => {
    const delivery = { topic }
    const first = nats.decode(message, delivery)
    expect(nats.decode(message, delivery)).toEqual(first)
    expect(natsBinding().decode(message, delivery).id).toBe(first.id)
    expect(nats.decode(message, { topic }).id).not.toBe(first.id)
  })

  it('has the time of its delivery where that is known', () => {
    expect(nats.decode(message, { topic, time: 1_767_225_600_000 }).time).toBe('2026-01-01T00:00:00.000Z')
  })

  it('does not take Nats-Msg-Id for an id, which no server checked', () => {
    const withId = { ...message, headers: { 'Nats-Msg-Id': 'order-17' } }
    expect(nats.decode(withId, { topic }).id).not.toBe('order-17')
  })

  it('warns that its id is made up, and strictly is refused', () => {
    const warnings: Warning[] = []
    nats.decode(message, { topic }, (warning) => warnings.push(warning))
    expect(warnings).toEqual([
      { leniency: 'generated-id', attribute: 'id', message: expect.stringContaining('JetStream') },
    ])
    const strict = natsBinding({ strict: true, raw: 'accept' })
    expect(thrownBy(() => strict.decode(message, { topic }))).toMatchObject({
      code: 'ERR_DECODE',
      adapter: 'nats',
      violations: [{ attribute: 'id', rule: 'generated-id' }],
    })
  })

  it('warns of partial headers first', () => {
    const warnings: Warning[] = []
    const partial = { ...message, headers: { 'ce-id': '1' } }
    expect(nats.decode(partial, { topic }, (warning) => warnings.push(warning)).id).not.toBe('1')
    expect(warnings.map(({ leniency }) => leniency)).toEqual(['partial-headers', 'generated-id'])
  })

  it('is made an event by an application that knows better, with no warning', () => {
    const raw = natsBinding({
      raw: ({ body }, { topic: subject }) => ({
        specversion: '1.0',
        id: String(body?.length),
        source: '/plain',
        type: 'plain',
        subject,
      }),
    })
    const warnings: Warning[] = []
    const event = raw.decode(message, { topic }, (warning) => warnings.push(warning))
    expect(event).toEqual({ specversion: '1.0', id: '5', source: '/plain', type: 'plain', subject: topic })
    expect(warnings).toEqual([])
  })
})

describe('a JetStream message that is no CloudEvent', () => {
  const jetstream = jetstreamBinding()
  const position = 'ORDERS:9007199254740993'

  it('has the same id at every delivery, and strictly too, since nothing is made up', () => {
    const origins = [
      { topic, position },
      { topic, position, lane: 'any', time: 0 },
    ]
    const ids = origins.map((origin) => jetstream.decode(message, origin).id)
    expect(ids).toEqual([position, position])
    const strict = jetstreamBinding({ strict: true, raw: 'accept' })
    expect(strict.decode(message, { topic, position }).id).toBe(position)
  })

  it('has the id of its sender, wherever it is stored, which is never the position of another', () => {
    const idOf = (headers: Record<string, string>) =>
      jetstream.decode({ ...message, headers }, { topic, position }).id
    expect(idOf({ 'Nats-Msg-Id': 'order-17' })).toBe('msg-id/order-17')
    expect(idOf({ 'Nats-Msg-Id': 'ORDERS:43' })).toBe('msg-id/ORDERS:43')
    // The server compares case, so it did not look at this one.
    expect(idOf({ 'nats-msg-id': 'order-17' })).toBe(position)
  })

  it('has its position as id where the one of its sender is empty', () => {
    const empty = { ...message, headers: { 'Nats-Msg-Id': '' } }
    expect(jetstream.decode(empty, { topic, position }).id).toBe(position)
  })

  it('is refused where nothing names it', () => {
    expect(thrownBy(() => jetstream.decode(message, { topic }))).toMatchObject({
      code: 'ERR_DECODE',
      message: expect.stringMatching(/^\[jetstream\] .*"orders\.created".*no position/),
    })
  })
})
