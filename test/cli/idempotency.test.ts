import { afterAll, describe, expect, test } from '@jest/globals'
import { connect as connectNats } from 'nats'
import type { Middleware } from '../../adapters/index.ts'
import { connect, createEvent, memory } from '../../adapters/index.ts'
import { type Idempotency, resolveConfig } from '../../cli/config/index.ts'
import { handledAgain, handledOnce, notesInBucket, notesInMemory } from '../../cli/entry/index.ts'
import { openFunctions } from '../../cli/open-functions.ts'
import { startServer } from '../../dev/index.ts'
import { startWorker } from '../../functions/hosts/worker.ts'
import { describeWith } from '../dev/available.ts'
import { eventually } from '../eventually.ts'
import { folder } from './folder.ts'

const made = folder({
  'package.json': '{ "type": "module" }',
  'note.mjs': 'export const handler = ({ id }) => { globalThis.noted = [...(globalThis.noted ?? []), id] }',
})
afterAll(() => made.remove())

const number = (id: string) => createEvent({ type: 'number', source: '/test', id })

/** How often a handler is called for one event that comes twice. */
async function calls(middleware: readonly Middleware[]): Promise<number> {
  await using broker = memory()
  let count = 0
  let seen = 0
  broker.subscribe({ topic: 't', group: 'g' }, () => void count++, {
    middleware,
    observe: ({ kind }) => {
      if (kind === 'handled') seen++
    },
  })
  for (let i = 0; i < 2; i++) {
    await broker.publish('t', number('1'))
    await eventually('it is settled', () => seen === i + 1)
  }
  return count
}

describe('the idempotency of an entry', () => {
  const bucket: Idempotency = { store: { bucket: 'handled', broker: 'main' } }

  test('handles an event again without, and once with it', async () => {
    expect(await calls(handledAgain('f', undefined))).toBe(2)
    expect(await calls(handledOnce('f', { store: 'memory' }, notesInMemory))).toBe(1)
  })

  test('keeps the notes of a bucket in memory where its broker is', async () => {
    await using broker = memory()
    expect(
      await calls(
        handledOnce(
          'f',
          bucket,
          notesInBucket(async () => broker),
        ),
      ),
    ).toBe(1)
  })

  test('asks for the broker again after it could not be opened', async () => {
    await using broker = memory()
    let asked = 0
    const open = async () => {
      if (asked++ === 0) throw new Error('not yet')
      return broker
    }
    const store = notesInBucket(open)(bucket)
    await expect(store?.claim('k', 'a', 1_000)).rejects.toThrow('not yet')
    expect(await store?.claim('k', 'a', 1_000)).toEqual({ state: 'claimed' })
    expect(asked).toBe(2)
  })

  test('is refused where the store is another than that of the build', () => {
    const message = /functions\.f\.idempotency is another than when the bundle was built \(its store now: /
    expect(() => handledAgain('f', bucket)).toThrow(message)
    expect(() => handledOnce('f', bucket, notesInMemory)).toThrow(message)
    expect(() => handledOnce('f', undefined, notesInMemory)).toThrow(message)
    expect(() =>
      handledOnce(
        'f',
        { store: 'memory' },
        notesInBucket(async () => memory()),
      ),
    ).toThrow(message)
  })
})

test('functions that are run handle each event once where the configuration says so', async () => {
  const config = resolveConfig(
    {
      brokers: { main: 'memory://' },
      functions: {
        note: {
          handler: './note.mjs',
          source: { topic: 't' },
          idempotency: { store: { bucket: 'handled' } },
        },
      },
    },
    { file: `${made.path}/waybill.config.mjs` },
  )
  const opened = await openFunctions(config)
  const worker = startWorker({ functions: opened.functions })
  const broker = opened.brokers.get('main')
  await broker?.publish('t', [number('1'), number('2'), number('1')])
  await eventually('all is settled', () => worker.status()[0]?.handled === 3)
  await worker.close()
  await opened.close()
  expect(Reflect.get(globalThis, 'noted')).toEqual(['1', '2'])
})

await describeWith('nats', 'the idempotency of an entry with a server of NATS', () => {
  test('holds events while its server is away or its bucket is deleted, and dead-letters none', async () => {
    const server = await startServer('nats')
    const broker = await connect(`nats://${server.address}`)
    await using source = memory()
    const store = { bucket: 'lost', broker: 'main' }
    const middleware = handledOnce(
      'f',
      { store },
      notesInBucket(async () => broker),
    )
    const seen: string[] = []
    const kinds: string[] = []
    try {
      await Promise.all(middleware.map((each) => each.check?.()))
      source.subscribe({ topic: 't', group: 'g' }, ({ id }) => void seen.push(id), {
        middleware,
        policy: { maxAttempts: 1, timeoutMs: 500, backoff: { initialMs: 1 } },
        observe: ({ kind }) => void kinds.push(kind),
      })
      await source.publish('t', number('1'))
      await eventually('it is handled', () => seen.length === 1)
      const plain = await connectNats({ servers: server.address })
      await (await plain.jetstream().views.kv('lost')).destroy()
      await plain.close()
      await source.publish('t', number('2'))
      await eventually('it is handled, in a bucket made anew', () => seen.length === 2, 10_000)
      await server.kill()
      await source.publish('t', number('3'))
      const before = kinds.filter((kind) => kind === 'held').length
      await eventually(
        'it is held',
        () => kinds.filter((kind) => kind === 'held').length > before + 1,
        10_000,
      )
      await server.restart()
      await eventually('it is handled', () => seen.length === 3, 15_000)
      expect(kinds).not.toContain('dead-lettered')
    } finally {
      await broker.close()
      await server.stop()
    }
  })

  test.each(['jetstream', 'nats'])('keeps its notes in a bucket of %s://, which it makes', async (scheme) => {
    const server = await startServer('nats')
    const broker = await connect(`${scheme}://${server.address}`)
    const store = { bucket: `handled-${scheme}`, broker: 'main' }
    try {
      const open = notesInBucket(async () => broker)
      expect(await calls(handledOnce('f', { store, keepMs: 60_000 }, open))).toBe(1)
      // Another process finds the same notes.
      const again = open({ store })
      expect(await calls(handledOnce('f', { store }, () => again))).toBe(0)
    } finally {
      await broker.close()
      await server.stop()
    }
  })
})
