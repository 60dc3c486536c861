import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { whyUnavailable } from '../dev/index.ts'
import { harnesses } from './conformance/harnesses/index.ts'
import { stopSharedServers } from './conformance/harnesses/shared-servers.ts'
import { type DeadLetters, onPlatform, type Platform, platformNames } from './parity/platforms.ts'
import { type Course, type Name, names, wellEnding } from './parity/scenario.ts'
import { onWorker } from './parity/worker.ts'

const page = readFileSync(resolve(import.meta.dirname, '../docs/hosts.md'), 'utf8')

/** What the handler was called for, and where each went that never succeeds: the row of docs/hosts.md. */
function rowOf(host: string, { attempts, deadLettered, discarded }: Course): string {
  const place = (name: 'always' | 'terminal' | 'unreadable') => {
    if (deadLettered.includes(name)) return 'dead letter'
    return discarded.includes(name) ? 'platform' : 'nowhere'
  }
  const cells = [
    host,
    `${attempts.once}`,
    `${attempts.always}, ${place('always')}`,
    `${attempts.terminal}, ${place('terminal')}`,
    `${attempts.unreadable}, ${place('unreadable')}`,
    `${attempts.unsunk}`,
    `${attempts.slow}`,
  ]
  return `| ${cells.join(' | ')} |`
}

/** Whatever the host: an attempt for what succeeds, and an acknowledgement for all that the platform did not give up. */
function expectSettled({ attempts, acknowledged, unearned, discarded }: Course): void {
  expect([attempts.first, attempts.returns, attempts.last]).toEqual([1, 1, 1])
  const settled = names.filter((name) => !discarded.includes(name))
  expect([...acknowledged].sort(byPlace)).toEqual(settled)
  expect(unearned).toEqual([])
}

function byPlace(a: Name, b: Name): number {
  return names.indexOf(a) - names.indexOf(b)
}

const servers = {
  kafka: 'kafka',
  nats: 'nats',
  jetstream: 'nats',
  kinesis: 'kinesalite',
  pubsub: 'pubsub',
} as const
const unavailable = new Map<string, string>()
for (const [name, kind] of Object.entries(servers)) {
  const reason = await whyUnavailable(kind)
  if (reason !== undefined) unavailable.set(name, reason)
}

afterAll(stopSharedServers)

const rows = page.split('\n').filter((line) => line.startsWith('| '))
const settings: readonly DeadLetters[] = ['own', "the platform's"]

describe('the same handler', () => {
  describe.each(platformNames)('behind %s', (platform: Platform) => {
    it.each(settings)('with %s dead letter does what docs/hosts.md says', async (deadLetters) => {
      const course = await onPlatform(platform, deadLetters)
      expect(course.handled).toEqual(wellEnding)
      expect(course.sunk).toEqual(['result of returns', 'result of unsunk'])
      expect(rows).toContain(rowOf(`\`${platform}\`, ${deadLetters} dead letter`, course))
      expectSettled(course)
    })
  })

  const brokers = ['memory', 'memory-runner', 'kafka', 'nats', 'jetstream', 'kinesis', 'pubsub']
  for (const [name, open] of Object.entries(harnesses).filter(([each]) => brokers.includes(each))) {
    const harness = open()
    const title = `in a worker on ${name} does what docs/hosts.md says`
    const missing = unavailable.get(name)
    if (missing !== undefined && !process.env.CI) {
      it.skip(`${title}: ${missing}`, () => {})
      continue
    }
    it(title, async () => {
      if (missing !== undefined) throw new Error(missing)
      const course = await onWorker(harness)
      const { handled } = course
      const isOrdered = name !== 'nats'
      expect(isOrdered ? handled : [...handled].sort()).toEqual(
        isOrdered ? wellEnding : [...wellEnding].sort(),
      )
      expect([...course.sunk].sort()).toEqual(['result of returns', 'result of unsunk'])
      expect(rows).toContain(rowOf('`worker`, any broker', course))
      expectSettled(course)
    }, 90_000)
  }
})
