import { describe, expect, it } from '@jest/globals'
import { harnesses } from './conformance/harnesses/index.ts'
import { type Case, cases, type Harness, runCases } from './conformance/index.ts'
import { clientlessHarness, modestHarnesses, restartableHarness } from './modest/index.ts'
import { restartable } from './modest/restartable.ts'

async function applies(each: Case, harness: Harness): Promise<boolean> {
  await using broker = await harness.open((driver) => driver)
  return each.needs(broker.capabilities, harness) === true
}

describe.each(modestHarnesses.map((harness): [string, Harness] => [harness.name, harness]))(
  '%s',
  (_, harness) => {
    it('passes every case that applies to it', async () => {
      const results = await runCases(harness)
      expect(results.filter(({ result }) => result === 'failed')).toEqual([])
      expect(results.filter(({ result }) => result === 'passed').length).toBeGreaterThan(cases.length / 2)
    }, 60_000)
  },
)

it('every case applies to one of the brokers under test', async () => {
  let unused: readonly Case[] = cases
  // Servers are started only for what nothing in this process answers.
  const all = [...modestHarnesses, ...Object.values(harnesses).map((open) => open())]
  for (const harness of all) {
    if (unused.length === 0) break
    if ((await harness.unavailable?.()) !== undefined) continue
    const answers = await Promise.all(unused.map((each) => applies(each, harness)))
    unused = unused.filter((_, index) => answers[index] !== true)
  }
  expect(unused.map(({ name }) => name)).toEqual([])
}, 120_000)

it('a server that confirms records while it is down is caught', async () => {
  const harness = restartableHarness(restartable({ confirmsWhileDown: true }))
  const name = 'nothing that was confirmed is lost when the server crashes and comes back'
  const [result] = await runCases({ ...harness, deadlineMs: 500 }, { only: (each) => each.name === name })
  expect(result).toMatchObject({ result: 'failed', reason: expect.stringContaining('missing: [') })
})

it('a broker that does not name its missing client is caught', async () => {
  const harness = clientlessHarness(new Error('Cannot find package'))
  const name = 'without its client package the broker fails with ERR_MISSING_CLIENT, naming the package'
  const [result] = await runCases(harness, { only: (each) => each.name === name })
  expect(result).toMatchObject({
    result: 'failed',
    reason: expect.stringContaining('expected ERR_MISSING_CLIENT'),
  })
})
