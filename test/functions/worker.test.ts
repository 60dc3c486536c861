import { afterEach, describe, expect, test } from '@jest/globals'
import {
  type Broker,
  createEvent,
  type Handler,
  type MemoryOptions,
  memory,
  TerminalError,
} from '../../adapters/index.ts'
import {
  type FunctionStatus,
  startWorker,
  type Worker,
  type WorkerFunction,
} from '../../functions/hosts/worker.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]()
})

function broker(options?: MemoryOptions): Broker {
  const made = memory(options)
  open.push(made)
  return made
}

function start(functions: readonly WorkerFunction[], options = {}): Worker {
  const worker = startWorker({ functions, ...options })
  worker.done.catch(() => {})
  open.unshift(worker)
  return worker
}

function number(data: number) {
  return createEvent({ type: 'number', source: '/test', data, partitionkey: 'k' })
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in 5 s')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

function statusOf(worker: Worker, name: string): FunctionStatus {
  const status = worker.status().find((each) => each.name === name)
  if (status === undefined) throw new Error(`no function ${name}`)
  return status
}

const fast = { backoff: { initialMs: 1, maxMs: 1 } }
const nothing = { handled: 0, retried: 0, deadLettered: 0, dropped: 0, released: 0, emitted: 0, inFlight: 0 }

describe('a worker', () => {
  test('runs functions that are connected by topics, and counts what each does', async () => {
    const main = broker()
    const seen: unknown[] = []
    const worker = start([
      {
        name: 'double',
        broker: main,
        source: { topic: 'numbers', group: 'double' },
        sink: { topic: 'doubles' },
        handler: (event) => createEvent({ type: 'double', source: '/test', data: Number(event.data) * 2 }),
      },
      {
        name: 'store',
        broker: main,
        source: { topic: 'doubles', group: 'store' },
        handler: ({ data }) => void seen.push(data),
      },
    ])
    await main.publish('numbers', [1, 2, 3].map(number))
    await until(() => seen.length === 3)
    expect(worker.status().map(({ state }) => state)).toEqual(['running', 'running'])
    const summary = await worker.close()
    await worker.done
    expect(seen).toEqual([2, 4, 6])
    const same = { ...nothing, state: 'closed', received: 3, handled: 3, lagMs: expect.any(Number) }
    expect(summary).toEqual([
      { ...same, name: 'double', emitted: 3 },
      { ...same, name: 'store' },
    ])
  })

  test.each(['broker', 'runner'] as const)(
    'counts retries, dead letters and drops, and has nothing in flight afterwards: %s redelivers',
    async (redelivery) => {
      const main = broker({ redelivery })
      const flaky: Handler = ({ data }, { attempt }) => {
        if (data === 'hopeless') throw new TerminalError('never')
        if (attempt < 3) throw new Error('not yet')
      }
      const source = { topic: 't', group: 'kept' }
      const worker = start([
        { name: 'kept', broker: main, source, handler: flaky, policy: fast },
        {
          name: 'dropped',
          broker: main,
          source: { topic: 't', group: 'dropped' },
          handler: flaky,
          policy: { ...fast, deadLetter: false },
        },
      ])
      const event = (data: string) => createEvent({ type: 't', source: '/test', data })
      await main.publish('t', [event('flaky'), event('hopeless')])
      await until(() =>
        worker.status().every(({ handled, deadLettered, dropped }) => handled + deadLettered + dropped === 2),
      )
      const received = redelivery === 'broker' ? 4 : 2
      const expected = { ...nothing, received, handled: 1, retried: 2 }
      expect(statusOf(worker, 'kept')).toMatchObject({ ...expected, deadLettered: 1 })
      expect(statusOf(worker, 'dropped')).toMatchObject({ ...expected, dropped: 1 })
    },
  )

  test('lets a running handler finish when it is closed', async () => {
    const main = broker()
    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const source = { topic: 't', group: 'g' }
    const worker = start([{ name: 'slow', broker: main, source, handler: () => finished }])
    await main.publish('t', [number(1), number(2)])
    await until(() => statusOf(worker, 'slow').inFlight > 0)
    const closing = worker.close()
    expect(worker.close()).toBe(closing)
    finish()
    expect(await closing).toMatchObject([{ state: 'closed', handled: 1, inFlight: 0 }])
  })

  test('closes a function before those that read what it emits, so that a full topic does not hold it up', async () => {
    const main = broker({ capacity: 1 })
    const policy = { drainMs: 60_000 }
    const worker = start([
      {
        name: 'reader',
        broker: main,
        source: { topic: 'many', group: 'reader' },
        handler: () => new Promise((resolve) => setTimeout(resolve, 1)),
        policy,
      },
      {
        name: 'fan',
        broker: main,
        source: { topic: 'one', group: 'fan' },
        sink: { topic: 'many' },
        handler: () => Array.from({ length: 50 }, (_, index) => number(index)),
        policy,
      },
    ])
    await main.publish('one', number(1))
    await until(() => statusOf(worker, 'reader').handled > 0)
    expect(await worker.close()).toMatchObject([
      { name: 'reader' },
      { name: 'fan', handled: 1, emitted: 50, released: 0 },
    ])
  })

  test('closes functions that feed each other', async () => {
    const main = broker()
    const handler = () => {}
    const worker = start([
      { name: 'a', broker: main, source: { topic: 'a', group: 'g' }, sink: { topic: 'b' }, handler },
      { name: 'b', broker: main, source: { topic: 'b', group: 'g' }, handler, policy: { deadLetter: 'a' } },
    ])
    expect(await worker.close()).toMatchObject([{ state: 'closed' }, { state: 'closed' }])
  })

  test('gives back what does not finish within the time to drain', async () => {
    const main = broker()
    const source = { topic: 't', group: 'g' }
    const handler: Handler = () => new Promise(() => {})
    const worker = start([{ name: 'stuck', broker: main, source, handler, policy: { drainMs: 1 } }])
    await main.publish('t', number(1))
    await until(() => statusOf(worker, 'stuck').inFlight === 1)
    expect(await worker.close()).toMatchObject([{ state: 'closed', handled: 0, released: 1, inFlight: 0 }])
  })

  test('fails when a function cannot go on, while the others run', async () => {
    const main = broker({ createTopics: false })
    await main.ensure({ topics: ['known'] })
    const handler = () => {}
    const worker = start([
      { name: 'good', broker: main, source: { topic: 'known', group: 'g' }, handler },
      { name: 'bad', broker: main, source: { topic: 'unknown', group: 'g' }, handler },
    ])
    await expect(worker.done).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' })
    await main.publish('known', number(1))
    await until(() => statusOf(worker, 'good').handled === 1)
    expect(await worker.close()).toMatchObject([
      { name: 'good', state: 'closed' },
      { name: 'bad', state: 'failed', error: { code: 'ERR_NOT_FOUND' } },
    ])
  })

  test('runs nothing when one function cannot be started', async () => {
    const main = broker()
    const seen: unknown[] = []
    const handler: Handler = ({ data }) => void seen.push(data)
    const source = { topic: 't', group: 'g' }
    const bad = { name: 'bad', broker: main, source, handler, policy: { maxAttempts: 0 } }
    expect(() => startWorker({ functions: [{ name: 'good', broker: main, source, handler }, bad] })).toThrow(
      '[waybill] policy "maxAttempts" is 0: use a whole number of 1 or more',
    )
    const witness: unknown[] = []
    main.subscribe({ topic: 't', group: 'witness' }, ({ data }) => void witness.push(data))
    await main.publish('t', number(1))
    await until(() => witness.length === 1)
    expect(seen).toEqual([])
  })

  test('names the function in what it logs and observes', async () => {
    const main = broker()
    const logged: unknown[] = []
    const observed: unknown[] = []
    const log = (fields: object, message: string) => void logged.push({ ...fields, message })
    const source = { topic: 't', group: 'g' }
    const handler = () => {
      throw new TerminalError('never')
    }
    const worker = start([{ name: 'f', broker: main, source, handler }], {
      logger: { debug: log, info: log, warn: log, error: log },
      observe: (name: string, { kind }: { kind: string }) => void observed.push([name, kind]),
    })
    await main.publish('t', number(1))
    await until(() => statusOf(worker, 'f').deadLettered === 1)
    expect(logged).toEqual([
      expect.objectContaining({ function: 'f', reason: 'never', message: 'event dead-lettered' }),
    ])
    expect(observed).toEqual([
      ['f', 'received'],
      ['f', 'dead-lettered'],
    ])
  })

  test('passes events through the middleware of a function', async () => {
    const main = broker()
    const seen: unknown[] = []
    start([
      {
        name: 'f',
        broker: main,
        source: { topic: 't', group: 'g' },
        handler: ({ data }) => void seen.push(data),
        middleware: [(event, _, next) => next({ ...event, data: 'changed' })],
      },
    ])
    await main.publish('t', number(1))
    await until(() => seen.length === 1)
    expect(seen).toEqual(['changed'])
  })
})
