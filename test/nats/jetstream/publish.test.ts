import { expect, it } from '@jest/globals'
import { connect as connectClient, DiscardPolicy } from 'nats'
import { jetstream } from '../../../adapters/nats/index.ts'
import { describeWith } from '../../dev/available.ts'
import { eventually } from '../../eventually.ts'
import { localServer, numbered, upTo } from '../local.ts'

const server = localServer()
const open = (options = {}) => jetstream({ servers: server.address, ...options })
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.cause : undefined),
  )

await describeWith('nats', 'publishing to JetStream', () => {
  it('tells the stream and the sequence, and stores an event that is sent twice once', async () => {
    await using broker = await open()
    await broker.ensure({ topics: ['twice'] })
    const first = await broker.publish('twice', [numbered(1), numbered(2)], { key: 'k' })
    const again = await broker.publish('twice', numbered(1), { key: 'k' })
    expect(first).toEqual([
      { position: 'twice:1', lane: 'k' },
      { position: 'twice:2', lane: 'k' },
    ])
    expect(again).toEqual([{ position: 'twice:1', lane: 'k' }])
  })

  it('names the subject that no stream stores', async () => {
    await using broker = await open()
    expect(await failureOf(broker.publish('lost.subject', numbered(1)))).toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('"lost.subject"'),
    })
  })

  it('waits for room in a stream that is full', async () => {
    const client = await connectClient({ servers: server.address })
    const { streams } = await client.jetstreamManager()
    await streams.add({ name: 'full', subjects: ['full'], max_msgs: 2, discard: DiscardPolicy.New })
    await using broker = await open()
    await broker.publish('full', upTo(2))
    const published = broker.publish('full', numbered(2))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await streams.purge('full')
    expect(await published).toMatchObject([{ position: 'full:3' }])
    await client.close()
  })

  it('refuses at once what is larger than the stream takes, and stores the others', async () => {
    const client = await connectClient({ servers: server.address })
    const { streams } = await client.jetstreamManager()
    await streams.add({ name: 'small', subjects: ['small'], max_msg_size: 1_000 })
    await using broker = await open()
    const large = numbered(1, { data: 'x'.repeat(2_000), datacontenttype: 'text/plain' })
    expect(await failureOf(broker.publish('small', [numbered(0), large, numbered(2)]))).toMatchObject({
      code: 'ERR_TOO_LARGE',
    })
    expect((await streams.info('small')).state.messages).toBe(2)
    await client.close()
  })

  it('loses, doubles and reorders nothing while the server is killed and comes back', async () => {
    await using broker = await open({ outstanding: 64 })
    await broker.ensure({ topics: ['killed'] })
    const events = upTo(3_000)
    let confirmed = 0
    const published = Promise.all(
      events.map((event) => broker.publish('killed', event, { key: 'k' }).then(() => confirmed++)),
    )
    published.catch(() => {})
    await eventually('a part to be confirmed', () => confirmed > 500)
    await server.kill()
    await server.restart()
    await published
    const seen: string[] = []
    broker.subscribe({ topic: 'killed', group: 'g' }, ({ id }) => void seen.push(id), {
      policy: { deadLetter: false },
    })
    await eventually('all', () => seen.length >= events.length)
    expect(seen).toEqual(events.map(({ id }) => id))
  }, 30_000)
})
