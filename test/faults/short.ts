import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type LocalServer, startServer } from '../../dev/index.ts'
import { describeWith } from '../dev/available.ts'
import { kinds } from './kinds.ts'
import { runScenario } from './run.ts'

const events = 1_500
const limitMs = 120_000

/** The short form of `npm run faults -- <broker>`: fewer events, and one server for all that goes wrong. */
export async function testFaults(broker: string): Promise<void> {
  const kind = kinds[broker]
  if (kind === undefined) throw new Error(`there is no broker "${broker}" to break`)
  await describeWith(kind.server, `faults of ${broker}`, () => {
    let server: LocalServer | undefined
    beforeAll(async () => {
      server = await startServer(kind.server)
    }, limitMs)
    afterAll(() => server?.stop())

    test.each(Object.keys(kind.scenarios))(
      '%s loses nothing and keeps the order of each key',
      async (fault) => {
        const report = await runScenario(kind, fault, events, server)
        expect(report).toMatchObject({ broker, fault, lost: 0, reordered: 0 })
        expect(report.sent).toBeGreaterThan(events / 5)
        expect(report.handled).toBe(report.sent)
      },
      limitMs,
    )
  })
}
