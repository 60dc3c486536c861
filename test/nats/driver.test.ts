import { expect, it } from '@jest/globals'
import { connect as connectClient, DebugEvents, type NatsConnection } from 'nats'
import { connect } from '../../adapters/index.ts'
import { nats } from '../../adapters/nats/index.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { localServer, numbered, recordedLog, upTo } from './local.ts'

const server = localServer()
const noLetters = { policy: { deadLetter: false } } as const

await describeWith('nats', 'core NATS', () => {
  it('reads wildcards, and tells the subject of each message', async () => {
    await using broker = await connect(`nats://${server.address}`)
    const seen: string[] = []
    const read = (topic: string) =>
      broker.subscribe(
        { topic, group: 'g' },
        ({ id }, { delivery }) => void seen.push(`${topic} ${delivery.topic} ${id}`),
        noLetters,
      )
    read('orders.*.created')
    read('orders.>')
    await broker.ping()
    await broker.publish('orders.eu.created', numbered(1))
    await broker.publish('orders.eu.shipped', numbered(2))
    await eventually('three deliveries', () => seen.length >= 3)
    expect(seen.sort()).toEqual([
      'orders.*.created orders.eu.created 1',
      'orders.> orders.eu.created 1',
      'orders.> orders.eu.shipped 2',
    ])
  })

  it.each([['orders created'], ['.orders'], ['orders..created'], ['orders\r\nPUB x 0'], ['orders.\u0000']])(
    'refuses the subject %j before anything is sent',
    async (topic) => {
      await using broker = await connect(`nats://${server.address}`)
      await expect(broker.publish(topic, numbered(1))).rejects.toThrow('is no NATS subject')
      await expect(broker.subscribe({ topic, group: 'g' }, () => {}, noLetters).done).rejects.toThrow(
        'is no NATS subject',
      )
    },
  )

  it('publishes to no wildcard', async () => {
    await using broker = await connect(`nats://${server.address}`)
    await expect(broker.publish('orders.*', numbered(1))).rejects.toThrow('publish to one subject')
  })

  it('shares the messages of a group whose name no queue could have', async () => {
    await using broker = await connect(`nats://${server.address}`)
    const seen: string[] = []
    for (let i = 0; i < 2; i++) {
      broker.subscribe({ topic: 'shared', group: 'a group' }, ({ id }) => void seen.push(id), noLetters)
    }
    await broker.ping()
    await broker.publish('shared', upTo(20))
    await eventually('all', () => seen.length >= 20)
    expect(new Set(seen).size).toBe(20)
    expect(seen).toHaveLength(20)
  })

  it('carries the key, without showing its header', async () => {
    await using broker = await connect(`nats://${server.address}`)
    const seen: unknown[] = []
    const read = broker.subscribe(
      { topic: 'keys', group: 'g' },
      (_, { delivery: { message, lane } }) => {
        seen.push([message.key, lane, message.headers['waybill-key']])
      },
      noLetters,
    )
    await broker.ping()
    await broker.publish('keys', numbered(1), { key: ' Schlüssel\n' })
    await broker.publish('keys', numbered(2, { partitionkey: 'p 1' }))
    await broker.publish('keys', numbered(3))
    await eventually('three', () => seen.length >= 3)
    expect(seen).toEqual([
      [' Schlüssel\n', undefined, undefined],
      ['p 1', undefined, undefined],
      [undefined, undefined, undefined],
    ])
    await read.close()
  })

  it('handles what was received before it stops', async () => {
    await using broker = await connect(`nats://${server.address}`)
    const seen: string[] = []
    const subscription = broker.subscribe(
      { topic: 'stop', group: 'g' },
      async ({ id }) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        seen.push(id)
      },
      { policy: { deadLetter: false, concurrency: 1, drainMs: 10_000 } },
    )
    await broker.ping()
    await broker.publish('stop', upTo(50))
    await subscription.close()
    expect(seen).toHaveLength(50)
  })

  it('ends where its connection does, also while what failed waits for a dead-letter topic out of reach', async () => {
    const client = await connectClient({ servers: server.address })
    await using broker = await nats({ servers: '', client })
    let handled = 0
    const subscription = broker.subscribe({ topic: 'ends', group: 'g' }, async () => {
      handled++
      await client.close()
      throw new Error('boom')
    })
    const ended = expect(subscription.done).rejects.toMatchObject({ code: 'ERR_CLOSED' })
    await broker.ping()
    await using other = await connect(`nats://${server.address}`)
    await other.publish('ends', upTo(50))
    await ended
    const before = handled
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(handled).toBe(before)
  })

  it('drops what exceeds maxPending, and says how many', async () => {
    const { logger, lines } = recordedLog()
    await using broker = await nats({ servers: server.address, maxPending: 10 }, logger)
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    let handled = 0
    const subscription = broker.subscribe(
      { topic: 'flood', group: 'g' },
      async () => {
        await gate
        handled++
      },
      { policy: { deadLetter: false, concurrency: 1 } },
    )
    await broker.ping()
    await broker.publish('flood', upTo(500))
    await eventually('a line of the log', () => lines.length > 0)
    open()
    await subscription.close()
    const dropped = lines.map(({ fields }) => ('dropped' in fields ? Number(fields.dropped) : 0))
    expect(handled + dropped.reduce((sum, n) => sum + n, 0)).toBe(500)
    expect(lines[0]).toMatchObject({ level: 'error', fields: { topic: 'flood', maxPending: 10 } })
  })

  it('refuses a header that the protocol cannot carry, and sends the others', async () => {
    await using broker = await connect(`nats://${server.address}`)
    const message = broker.binding.encode(numbered(1))
    const wrong = { ...message, headers: { ...message.headers, note: 'a\r\nb' } }
    const sent = broker.send('headers', [wrong, message])
    await expect(sent).rejects.toThrow('1 of 2 records for "headers" failed (index 0)')
    await expect(sent).rejects.toThrow('without line breaks')
  })

  it('says that it lost the connection, tries for longer than its client would by itself, says that it has it again, and goes on', async () => {
    const { logger, lines } = recordedLog()
    await using broker = await nats({ servers: server.address }, logger)
    const seen: string[] = []
    broker.subscribe({ topic: 'again', group: 'g' }, ({ id }) => void seen.push(id), noLetters)
    await broker.ping()
    let tries = 0
    void countTries(broker.native, () => tries++)
    await server.kill()
    await eventually('the loss to be told', () => lines.length > 0)
    await eventually('more tries than the client makes by default', () => tries > 12, 15_000)
    const published = broker.publish('again', numbered(1))
    await server.restart()
    await published
    await eventually('the event', () => seen.length > 0)
    expect(lines.map(({ message }) => message)).toEqual([
      'disconnected from NATS; reconnecting without end',
      'connected to NATS again',
    ])
    expect(broker.native.isClosed()).toBe(false)
  }, 30_000)
})

async function countTries(connection: NatsConnection, onTry: () => void): Promise<void> {
  for await (const { type } of connection.status()) if (type === DebugEvents.Reconnecting) onTry()
}
