import { expect, it } from '@jest/globals'
import { createEvent } from '../../adapters/core/event.ts'
import { kafka } from '../../adapters/kafka/index.ts'
import { start } from '../cli/command-line.ts'
import { folder } from '../cli/folder.ts'
import { rejectionOf } from '../core/events.ts'
import { describeWith } from '../dev/available.ts'
import { readAmongMalformed } from '../malformed.ts'
import { newTopic, openKafka, theServer } from './server.ts'

const event = createEvent({ type: 'test.bad', source: '/test', id: '1' })

await describeWith('kafka', 'bad input of Kafka', () => {
  it('is dead-lettered where it is no event, and what follows it is handled', async () => {
    const [topic, letters] = [await newTopic(1), await newTopic(1)]
    await using broker = await openKafka()
    const producer = broker.native.producer()
    const consumer = broker.native.consumer({ groupId: 'letters', maxWaitTimeInMs: 20 })
    const reasons: string[] = []
    await Promise.all([producer.connect(), consumer.connect()])
    await consumer.subscribe({ topic: letters, fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => void reasons.push(String(message.headers?.ce_dlqreason)),
    })
    try {
      const handled = await readAmongMalformed(broker, {
        topic,
        letters,
        prefix: 'ce_',
        reasons: () => reasons,
        send: async ({ headers, body }) =>
          void (await producer.send({ topic, messages: [{ headers: { ...headers }, value: body }] })),
      })
      expect(handled.map(({ type }) => type)).toEqual(['dev.knative.kafka.event', 'test.good'])
      expect(reasons).toHaveLength(3)
    } finally {
      await Promise.all([producer.disconnect(), consumer.disconnect()])
    }
  }, 60_000)

  it('is refused where it names a topic that cannot be', async () => {
    await using broker = await openKafka()
    await expect(broker.publish('or ders', event)).rejects.toThrow(
      '"or ders" cannot be a topic: use up to 249 of',
    )
  })

  it('as a server that nobody has tells what was tried, how long, and what to check', async () => {
    await using broker = await kafka({ brokers: '127.0.0.1:1,127.0.0.1:2' })
    const error = await rejectionOf(broker.ping())
    expect(error).toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(
        /^\[kafka\] ping: no broker of 127\.0\.0\.1:1, 127\.0\.0\.1:2 answers, tried for \d+\.\d s \(connect ECONNREFUSED [^)]+\): check address, port, "ssl" and the firewall$/,
      ),
    })
  })

  it('is told by the command in one line a problem, and ends it with 1', async () => {
    const made = folder({
      'waybill.config.json': JSON.stringify({
        brokers: { main: `kafka://${(await theServer()).address}` },
        functions: { billing: { handler: './handler.mjs', source: { topic: 'no-such-topic' } } },
      }),
      'handler.mjs': 'export const handler = () => {}',
    })
    try {
      const [missing, nowhere, reading] = await Promise.all(
        [
          ['emit', 'no-such-topic', '--type', 't'],
          ['emit', 'orders', '--type', 't', '--broker', 'kafka://127.0.0.1:1'],
          ['run'],
        ].map((words) => start(words, { cwd: made.path }).finished),
      )
      expect(missing).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^\[kafka\] the record for "no-such-topic" failed: topic "no-such-topic" does not exist.*: create it first, in development with broker.ensure or waybill run --ensure, or correct the name\n$/,
        ),
      })
      expect(nowhere).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^\[kafka\] the record for "orders" failed: looking up topic "orders": no broker of 127\.0\.0\.1:1 answers.*\n$/,
        ),
      })
      expect(reading).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /^\[kafka\] function "billing" stopped: topic "no-such-topic" does not exist.*\n$/,
        ),
      })
    } finally {
      made.remove()
    }
  }, 60_000)
})
