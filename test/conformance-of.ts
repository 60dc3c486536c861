import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { tableOf } from '../scripts/matrix-table.ts'
import { harnesses } from './conformance/harnesses/index.ts'
import { stopSharedServers } from './conformance/harnesses/shared-servers.ts'
import { appliesTo, cases, type Harness, runCase } from './conformance/index.ts'

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8')

/** Of another release of a server a part is run here, what releases differ in; `npm run conformance` runs all of it. */
const parts: Readonly<Record<string, RegExp>> = {
  'kafka-3.9':
    /with several readers in one group|the start of a source|replay from|exhausts its attempts|crash|joins and one that leaves in|arrives? with|largest message|too large|does not exist/,
}

/** The suite ends a case itself, sooner; a server that is restarted may take its time. */
const caseMs = 150_000

/** Declares the suite for brokers, each behind the other: a file for each server, so that files run side by side. */
export async function conformanceOf(...names: readonly string[]): Promise<void> {
  afterAll(stopSharedServers)
  for (const name of names) {
    const open = harnesses[name]
    if (open === undefined) throw new Error(`there is no harness "${name}"`)
    await declare(name, open())
  }
}

async function declare(name: string, harness: Harness): Promise<void> {
  const part = parts[name]
  const reason = await harness.unavailable?.()
  if (reason !== undefined) {
    describe(name, () => {
      if (process.env.CI) {
        it('has a server to run against', () => {
          throw new Error(reason)
        })
      } else it.skip(`is not tested: ${reason}`, () => {})
    })
    return
  }
  const capabilities = await capabilitiesOf(harness)
  const run = part === undefined ? cases : cases.filter((each) => part.test(each.name))
  const title = part === undefined ? name : `${name}: ${run.length} of ${cases.length} cases`
  describe(title, () => {
    it('stands in the matrix of the README as it declares itself, with every case that applies', () => {
      const applicable = cases.filter((each) => appliesTo(each, capabilities, harness) === true).length
      const row = tableOf([{ broker: name, capabilities, passed: applicable, applicable }])
        .split('\n')
        .at(-1)
      expect(readme.split('\n')).toContain(row)
      if (part !== undefined)
        expect(readme).toContain(`\`${name}\`, of which it runs the ${run.length} of ${cases.length} cases`)
    })

    for (const each of run) {
      const answer = appliesTo(each, capabilities, harness)
      const skipped = answer !== true
      it(
        `${each.name}${skipped ? ` [does not apply: ${answer}]` : ''}`,
        async () => {
          const { result, reason } = await runCase(harness, each)
          expect({ result, reason }).toEqual(
            skipped ? { result: 'skipped', reason: answer } : { result: 'passed', reason: '' },
          )
        },
        caseMs,
      )
    }
  })
}

async function capabilitiesOf(harness: Harness) {
  await using broker = await harness.open((driver) => driver)
  return broker.capabilities
}
