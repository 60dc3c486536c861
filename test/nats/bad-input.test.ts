import { expect, it } from '@jest/globals'
import { headers as emptyHeaders } from 'nats'
import { createEvent } from '../../adapters/core/event.ts'
import { jetstream, nats } from '../../adapters/nats/index.ts'
import { startServer } from '../../dev/index.ts'
import { start } from '../cli/command-line.ts'
import { folder } from '../cli/folder.ts'
import { describeWith } from '../dev/available.ts'
import { readAmongMalformed } from '../malformed.ts'
import { localServer, numbered } from './local.ts'

const server = localServer()

for (const [name, connect] of Object.entries({ nats, jetstream })) {
  await describeWith('nats', `bad input of ${name}`, () => {
    it('is dead-lettered where it is no event, and what follows it is handled', async () => {
      await using broker = await connect({ servers: server.address })
      const [topic, letters] = [`${name}-orders`, `${name}-letters`]
      await broker.ensure({ topics: [topic, letters] })
      const reasons: string[] = []
      broker.native.subscribe(letters, {
        callback: (_, { headers }) =>
          void reasons.push(decodeURIComponent(headers?.get('ce-dlqreason') ?? '')),
      })
      const handled = await readAmongMalformed(broker, {
        topic,
        letters,
        prefix: 'ce-',
        reasons: () => reasons,
        async send({ headers, body }) {
          const all = emptyHeaders()
          for (const [header, value] of Object.entries(headers)) all.set(header, value)
          broker.native.publish(topic, body, { headers: all })
          await broker.native.flush()
        },
      })
      expect(handled.map(({ type }) => type).sort()).toEqual([
        expect.stringMatching(/^io\.nats/),
        'test.good',
      ])
      expect(reasons).toHaveLength(3)
    }, 30_000)

    it('is refused where it is larger than the server takes, by the limit that the server told', async () => {
      const small = await startServer('nats', { settings: { max_payload: 65_536 } })
      try {
        await using broker = await connect({ servers: small.address })
        await broker.ensure({ topics: ['t'] })
        const large = createEvent({ type: 't', source: '/s', id: 'l', data: 'x'.repeat(65_536) })
        const work = broker.publish('t', [numbered(1), large, numbered(2)])
        await expect(work).rejects.toMatchObject({
          failures: [{ index: 1, error: { code: 'ERR_TOO_LARGE' } }],
        })
        await expect(work).rejects.toThrow(/the message has \d+ bytes, the limit is \d+/)
      } finally {
        await small.stop()
      }
    }, 30_000)

    it('is told by the command in one line a problem, and ends it with 1', async () => {
      const made = folder({
        'waybill.config.json': JSON.stringify({
          brokers: { main: `${name}://${server.address}` },
          functions: { billing: { handler: './handler.mjs', source: { topic: `${name}-nobody` } } },
        }),
        'handler.mjs': 'export const handler = () => {}',
      })
      const waybill = (...words: readonly string[]) => start(words, { cwd: made.path }).finished
      try {
        const nowhere = await waybill(
          'emit',
          't',
          '--type',
          't',
          '--broker',
          `${name}://127.0.0.1:1?connectMs=500`,
        )
        expect(nowhere).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(
            /^\[\w+\] brokers\.main: no server answered \(tried 127\.0\.0\.1:1 (once|\d+ times) in 500 ms; last: CONNECTION_REFUSED\): check the address[^\n]*\n$/,
          ),
        })
        // Core NATS has no topics that could be missing.
        if (name === 'nats') return
        const words =
          'no stream stores the subject "jetstream-nobody": create one, in development with broker.ensure or waybill run --ensure'
        expect(await waybill('emit', 'jetstream-nobody', '--type', 't')).toMatchObject({
          code: 1,
          stderr: `[jetstream] the record for "jetstream-nobody" failed: ${words}\n`,
        })
        expect(await waybill('run')).toMatchObject({
          code: 1,
          stderr: `[jetstream] function "billing" stopped: ${words}\n`,
        })
      } finally {
        made.remove()
      }
    }, 60_000)
  })
}
