import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import {
  type Broker,
  type CloudEvent,
  createEvent,
  type Delivery,
  http,
  type Message,
  memory,
} from '../../adapters/index.ts'
import { createHandler, type RelayOptions } from '../../functions/relay/handler.ts'
import { eventually } from '../eventually.ts'
import { call } from './call.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

function broker(options?: Parameters<typeof memory>[0]): Broker {
  const opened = memory(options)
  open.push(opened)
  return opened
}

/** Relays one topic to another as the group of that name. */
function relay(name: string, from: Broker, to: Broker, options?: RelayOptions): void {
  open.push(
    from.subscribe({ topic: 'orders', group: name }, createHandler(options), {
      sink: { broker: to, topic: 'orders' },
      policy: { deadLetter: 'dead' },
    }),
  )
}

function reads(from: Broker, topic = 'orders') {
  const seen: { readonly event: CloudEvent; readonly message: Message }[] = []
  open.push(
    from.subscribe({ topic, group: 'test' }, (event, { delivery }: { delivery: Delivery }) => {
      seen.push({ event, message: delivery.message })
    }),
  )
  return seen
}

const order = { type: 'order.placed', source: '/shop', id: 'A-1', partitionkey: 'k' }
/** More than a number can hold, and a spelling that no encoder would choose. */
const bytes = '{ "total" : 9007199254740993123, "rate":1.50e+00, "é":"\\u00e9" }'

describe('relay', () => {
  it.each(['binary', 'structured'] as const)(
    'leaves data and attributes of a %s event as they are',
    async (mode) => {
      const [from, to] = [broker({ mode }), broker({ mode, redelivery: 'runner' })]
      relay('relay', from, to)
      const seen = reads(to)
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': 'A-1',
        'ce-source': '/shop',
        'ce-type': 'order.placed',
        'ce-time': '2026-01-31T00:00:00.123456789+01:00',
        'content-type': 'application/json',
        'ce-partitionkey': 'k',
      }
      await from.send('orders', [{ body: Buffer.from(bytes), headers, key: 'k' }])
      await eventually('the event', () => seen.length === 1)
      const [{ event, message } = fail()] = seen
      const text = Buffer.from(message.body ?? []).toString()
      expect(mode === 'binary' ? text : dataIn(text)).toBe(bytes)
      expect(message.key).toBe('k')
      const { data, relayhops, ...attributes } = event
      expect(Number(relayhops)).toBe(1)
      expect(attributes).toEqual({
        specversion: '1.0',
        id: 'A-1',
        source: '/shop',
        type: 'order.placed',
        partitionkey: 'k',
        time: '2026-01-31T00:00:00.123456789+01:00',
        datacontenttype: 'application/json',
      })
    },
  )

  it('posts to a webhook what it was given, to the byte', async () => {
    const bodies: string[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const part of request.setEncoding('utf8')) body += part
      bodies.push(`${request.headers['ce-id']} ${body}`)
      response.writeHead(204).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) })
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const webhook = http({ url: `http://127.0.0.1:${port}/hook` })
    open.push(webhook)
    const from = broker()
    relay('relay', from, webhook)
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'A-1',
      'ce-source': '/shop',
      'ce-type': 't',
      'content-type': 'application/json',
    }
    await from.send('orders', [{ body: Buffer.from(bytes), headers }])
    await eventually('the request', () => bodies.length === 1)
    expect(bodies).toEqual([`A-1 ${bytes}`])
  })

  it('ends a circle of relays in the dead letter', async () => {
    const [left, right] = [broker(), broker()]
    relay('there', left, right, { maxHops: 4 })
    relay('back', right, left, { maxHops: 4 })
    const [seen, dead] = [reads(right), reads(left, 'dead')]
    await left.publish('orders', createEvent(order))
    await eventually('the dead letter', () => dead.length === 1)
    expect(seen.map(({ event }) => Number(event.relayhops))).toEqual([1, 3])
    expect(dead[0]?.event).toMatchObject({
      id: 'A-1',
      dlqreason: expect.stringMatching(/has passed 4 relays/),
    })
  })

  it('mirrors two brokers, each event once, where one hop is allowed', async () => {
    const [left, right] = [broker(), broker()]
    relay('there', left, right, { maxHops: 1, beyond: 'skip' })
    relay('back', right, left, { maxHops: 1, beyond: 'skip' })
    const [onLeft, onRight] = [reads(left), reads(right)]
    const dead = [reads(left, 'dead'), reads(right, 'dead')]
    await left.publish('orders', createEvent({ ...order, id: 'L' }))
    await right.publish('orders', createEvent({ ...order, id: 'R' }))
    const both = (seen: ReturnType<typeof reads>) =>
      seen
        .map(({ event }) => event.id)
        .sort()
        .join()
    await eventually('both events on both sides', () => both(onLeft) === 'L,R' && both(onRight) === 'L,R')
    // Whatever came back would be ahead of this one.
    await left.publish('orders', createEvent({ ...order, id: 'Z' }))
    await eventually('the last event', () => both(onRight) === 'L,R,Z')
    expect(both(onLeft)).toBe('L,R,Z')
    expect(dead.flat()).toEqual([])
  })

  it('changes no attribute at all where it does not count', async () => {
    const [event] = await call(
      createHandler({ maxHops: false }),
      createEvent({ ...order, time: '2026-01-31T00:00:00Z' }),
    )
    expect(event).toEqual({ specversion: '1.0', ...order, time: '2026-01-31T00:00:00Z' })
  })

  it('does not invent a time', async () => {
    const { time, ...timeless } = createEvent(order)
    const [event] = await call(createHandler(), timeless)
    expect(time).toBeDefined()
    expect(event).not.toHaveProperty('time')
  })

  it.each(['x', '-1', '1.5', ''])('dead-letters a count of hops that is %j', async (relayhops) => {
    await expect(call(createHandler(), createEvent({ ...order, relayhops }))).rejects.toMatchObject({
      code: 'ERR_TERMINAL',
      message: 'event A-1 has a "relayhops" that is no count: leave that extension to relays',
    })
  })

  it.each([
    [{ maxHops: 0 }, '[relay] maxHops: give a whole number of 1 or more, or false'],
    [{ beyond: 'drop' }, '[relay] beyond: give dead-letter or skip'],
    [{ hops: 1 }, '[relay] unknown option "hops": did you mean "maxHops"?'],
  ])('refuses the options %j', (options, message) => {
    expect(() => Reflect.apply(createHandler, undefined, [options])).toThrow(message)
  })
})

/** The data of a structured event as they are written. */
function dataIn(text: string): string {
  return /"data":(.*\})\}$/s.exec(text)?.[1] ?? text
}

function fail(): never {
  throw new Error('nothing was read')
}
