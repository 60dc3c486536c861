import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { root } from '../architecture/tree.ts'

/** A hundred lanes, each of which fails once: many handlers run, and many wait, at the same time. */
const script = `
  import { createEvent, memory } from './adapters/index.ts'
  for (const redelivery of ['broker', 'runner']) {
    const broker = memory({ redelivery })
    let handled = 0
    await new Promise((resolve) => {
      broker.subscribe({ topic: 't', group: 'g' }, async (_, { attempt, signal }) => {
        await new Promise((go) => setTimeout(go, 5))
        if (attempt === 1) throw new Error('boom')
        if (!signal.aborted && ++handled === 100) resolve()
      }, { policy: { concurrency: 50, backoff: { initialMs: 20 } } })
      broker.publish('t', Array.from({ length: 100 }, (_, i) => createEvent({ type: 't', source: '/s', partitionkey: 'k' + i })))
    })
    await broker.close()
  }`

it('a healthy process prints nothing, warnings of the platform included', async () => {
  const run = promisify(execFile)
  const flags = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const { stdout, stderr } = await run(process.execPath, flags, {
    cwd: root,
    env: { PATH: process.env.PATH },
  })
  expect([stdout, stderr]).toEqual(['', ''])
})
