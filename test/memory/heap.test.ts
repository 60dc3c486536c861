import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { root } from '../architecture/tree.ts'

/** Prints by how many bytes the heap grew while nine tenths of each load passed. */
const script = `
  import { createEvent, memory } from './adapters/index.ts'
  const broker = memory({ retainCount: 100, capacity: 1_000 })
  const message = broker.binding.encode(createEvent({ type: 't', source: '/s', data: { text: 'x'.repeat(50) } }))
  const policy = { maxAttempts: 1 }
  let settled = 0
  const observe = ({ kind }) => { if (kind === 'handled' || kind === 'dead-lettered') settled++ }
  broker.subscribe({ topic: 'keys', group: 'g' }, () => {}, { observe })
  const again = { maxAttempts: 2, backoff: { initialMs: 0 } }
  broker.subscribe({ topic: 'retried', group: 'g' }, (_, { attempt }) => { if (attempt === 1) throw new Error('boom') }, { observe, policy: again })
  broker.subscribe({ topic: 'poison', group: 'g' }, () => { throw new Error('boom') }, { observe, policy })

  async function used(sent) {
    while (settled < sent) await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; i < 3; i++) { await new Promise((resolve) => setTimeout(resolve, 5)); gc() }
    return process.memoryUsage().heapUsed
  }

  async function growth(rounds, sent, round) {
    settled = 0
    for (let n = 0; n < rounds / 10; n++) await round(n)
    const early = await used(sent / 10)
    for (let n = rounds / 10; n < rounds; n++) await round(n)
    return await used(sent) - early
  }

  const { signal } = new AbortController()
  const thousand = (key) => Array.from({ length: 1_000 }, (_, i) => ({ ...message, key: key + i }))
  console.log(JSON.stringify({
    'distinct keys': await growth(200, 200_000, (n) => broker.send('keys', thousand(n + '.'))),
    'dead letters': await growth(20, 20_000, () => broker.send('poison', thousand('k'))),
    'retries': await growth(20, 20_000, () => broker.send('retried', thousand('k'))),
    'publishes under one signal': await growth(10_000, 10_000, () => broker.send('keys', [message], { signal })),
    'empty publishes': await growth(10_000, 0, (n) => broker.send('topic' + n, [])),
  }))
  await broker.close()`

it('memory does not grow with what has passed', async () => {
  const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, flags, {
    cwd: root,
    env: { PATH: process.env.PATH },
  })
  // Kept for each, 120 bytes would be 1.1 MB and more.
  for (const [load, bytes] of Object.entries(JSON.parse(stdout)))
    expect([load, Number(bytes) < 1_000_000]).toEqual([load, true])
  expect(Object.keys(JSON.parse(stdout))).toHaveLength(5)
})
