import { describe, expect, it } from '@jest/globals'
import { memoryDriver } from '../adapters/memory/index.ts'
import { type Broken, broken } from './broken/index.ts'
import type { Harness, Wrap } from './conformance/harness.ts'
import { connection, harnessOf } from './conformance/harnesses/memory.ts'
import { cases, runCases } from './conformance/index.ts'

/** Memory answers in a millisecond, so a broken driver need not be waited for long. */
const deadlineMs = 400

function harnessFor({ driver = (whole) => whole, broker, redelivery }: Omit<Broken, 'name'>): Harness {
  const server = memoryDriver({ createTopics: false, retainCount: 100_000, redelivery })
  const connect: Wrap = (shared) => driver(connection(shared))
  const harness: Harness = { ...harnessOf('broken', server, connect), deadlineMs }
  if (broker === undefined) return harness
  const sound = () => harness.open((whole) => whole)
  return { ...harness, open: async (wrap) => broker(await harness.open(wrap), sound) }
}

describe.each(broken.map((each): [string, Broken] => [each.name, each]))('a driver that %s', (_, each) => {
  const only = ({ name }: { readonly name: string }) => name === each.caughtBy

  it('is caught by the case that is meant for it', async () => {
    const [result, ...more] = await runCases(harnessFor(each), { only })
    expect(more).toEqual([])
    expect(result).toMatchObject({ result: 'failed', reason: expect.stringContaining(each.saying) })
  })

  it('passes that case, or is exempt from it, when it is whole', async () => {
    const whole = harnessFor({ ...each, driver: undefined, broker: undefined })
    const [result] = await runCases({ ...whole, deadlineMs: 4_000 }, { only })
    expect(result).toMatchObject({ result: each.exempt ? 'skipped' : 'passed' })
  })
})

it('every broken driver names a case of the suite', () => {
  const names = cases.map(({ name }) => name)
  expect(broken.filter(({ caughtBy }) => !names.includes(caughtBy))).toEqual([])
})
