import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWith } from '../dev/available.ts'
import { kinds } from './kinds.ts'
import { type Report, runScenario } from './run.ts'
import { type Servers, startServers } from './world.ts'

/** Longer than a scenario waits for what is missing, so that it tells what was lost. */
const limitMs = 240_000

interface Short {
  /** Events of each fault. Default 1 500. */
  readonly events?: number
  /** Faults that happen at once: where leases take long to run out, most of the time nothing else does. Default 1. */
  readonly atOnce?: number
  /** Faults that begin first, on servers of their own: they break them, or take longest. Default none. */
  readonly apart?: readonly string[]
}

/** The short form of `npm run faults -- <broker>`: fewer events, and the same servers for most that goes wrong. */
export async function testFaults(broker: string, short: Short = {}): Promise<void> {
  const { events = 1_500, atOnce = 1, apart = [] } = short
  const kind = kinds[broker]
  if (kind === undefined) throw new Error(`there is no broker "${broker}" to break`)
  const faults = [...new Set([...apart, ...Object.keys(kind.scenarios)])]
  await describeWith(kind.server, `faults of ${broker}`, () => {
    const inTurn = turns(atOnce)
    const reports = new Map<string, Promise<Report>>()
    let servers: Servers | undefined
    const begin = (fault: string): Promise<Report> => {
      const report = inTurn(() =>
        runScenario(kind, fault, events, apart.includes(fault) ? undefined : servers),
      )
      reports.set(fault, report)
      return report
    }
    beforeAll(async () => {
      servers = await startServers(kind)
      // One at a time begins in its own test: Jest lets nothing be imported between tests, and clients are when first used.
      if (atOnce === 1) return
      // Its test tells what failed, which may begin long after it.
      for (const fault of faults) begin(fault).catch(() => {})
    }, limitMs)
    afterAll(async () => {
      await servers?.[Symbol.asyncDispose]()
    })

    test.each(faults)(
      '%s loses nothing and keeps the order of each key',
      async (fault) => {
        const report = await (reports.get(fault) ?? begin(fault))
        expect(report).toMatchObject({ broker, fault, lost: 0, reordered: 0 })
        expect(report.sent).toBeGreaterThan(events / 5)
        expect(report.handled).toBe(report.sent)
      },
      limitMs,
    )
  })
}

/** Runs so many at once, in the order in which they are asked for. */
function turns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
