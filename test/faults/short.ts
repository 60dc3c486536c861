import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWith } from '../dev/available.ts'
import { kinds } from './kinds.ts'
import { runScenario } from './run.ts'
import { type Servers, startServers } from './world.ts'

/** Longer than a scenario waits for what is missing, so that it tells what was lost. */
const limitMs = 240_000

/** The short form of `npm run faults -- <broker>`: fewer events, and the same servers for all that goes wrong. */
export async function testFaults(broker: string, events = 1_500): Promise<void> {
  const kind = kinds[broker]
  if (kind === undefined) throw new Error(`there is no broker "${broker}" to break`)
  await describeWith(kind.server, `faults of ${broker}`, () => {
    let servers: Servers | undefined
    beforeAll(async () => {
      servers = await startServers(kind)
    }, limitMs)
    afterAll(async () => {
      await servers?.[Symbol.asyncDispose]()
    })

    test.each(Object.keys(kind.scenarios))(
      '%s loses nothing and keeps the order of each key',
      async (fault) => {
        const report = await runScenario(kind, fault, events, servers)
        expect(report).toMatchObject({ broker, fault, lost: 0, reordered: 0 })
        expect(report.sent).toBeGreaterThan(events / 5)
        expect(report.handled).toBe(report.sent)
      },
      limitMs,
    )
  })
}
