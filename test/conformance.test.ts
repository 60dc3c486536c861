import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { harnesses } from './conformance/harnesses/index.ts'
import { memoryHarness } from './conformance/harnesses/memory.ts'
import { type Case, cases, checklist, type Harness, runCases } from './conformance/index.ts'

describe('the suite', () => {
  it('runs on every broker that there is', () => {
    const named = readdirSync(resolve(import.meta.dirname, 'conformance'))
      .filter((file) => file.endsWith('.test.ts'))
      .flatMap((file) => readFileSync(resolve(import.meta.dirname, 'conformance', file), 'utf8').split("'"))
    expect(Object.keys(harnesses).filter((name) => !named.includes(name))).toEqual([])
  })

  it('answers every item of the checklist, and names no other', () => {
    const answered = new Set(cases.flatMap(({ checks }) => checks))
    expect([...answered].sort((a, b) => a - b)).toEqual(Object.keys(checklist).map(Number))
  })

  it('names each case once', () => {
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  it('reports a skip with the reason that the case gave, and does not run it', async () => {
    const [result] = await runOne({
      needs: () => 'it does not apply',
      run: () => Promise.reject(new Error('ran')),
    })
    expect(result).toMatchObject({ result: 'skipped', reason: 'it does not apply' })
  })

  it('reports a failure with its reason', async () => {
    const [result] = await runOne({ run: () => Promise.reject(new Error('broken')) })
    expect(result).toMatchObject({ broker: 'one', case: 'a case', result: 'failed', reason: 'broken' })
  })

  it('ends a case that hangs, and closes its brokers', async () => {
    let closed = 0
    const hang = () => new Promise<void>(() => {})
    const [result] = await runOne({ run: hang }, () => closed++)
    expect(result).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining('the case took longer than'),
    })
    expect(closed).toBe(1)
  })

  it('creates a group before the first of several readers that come at once', async () => {
    let created = 0
    const harness: Harness = {
      ...memoryHarness('grouped'),
      async group() {
        await new Promise((resolve) => setTimeout(resolve, 20))
        created++
      },
    }
    const counts: number[] = []
    const [result] = await runCases(harness, {
      cases: [
        {
          name: 'readers at once',
          checks: [],
          needs: () => true,
          async run(t) {
            const source = t.source(await t.topic())
            const read = async () => {
              await t.read(source)
              counts.push(created)
            }
            await Promise.all([read(), read()])
          },
        },
      ],
    })
    expect(result).toMatchObject({ result: 'passed', reason: '' })
    expect(counts).toEqual([1, 1])
  })

  it('fails a case whose broker does not close', async () => {
    const [result] = await runOne({}, () => new Promise(() => {}))
    expect(result).toMatchObject({
      result: 'failed',
      reason: expect.stringContaining('closing a broker took longer'),
    })
  })

  it('fails every case of a harness that cannot open its broker', async () => {
    const harness = { ...oneHarness(), open: () => Promise.reject(new Error('no server')) }
    const results = await runCases(harness, { only: ({ checks }) => checks.includes(3) })
    expect(results.map(({ result, reason }) => [result, reason])).toEqual([['failed', 'no server']])
  })

  it('says what a wait was for and what was seen', async () => {
    const [result] = await runOne({
      run: (t) =>
        t.until(
          'the tide',
          () => false,
          () => 'the moon is new',
        ),
    })
    expect(result?.reason).toBe('waited 50 ms for the tide; the moon is new')
  })
})

function oneHarness(): Harness {
  return { ...memoryHarness('one'), deadlineMs: 50 }
}

function runOne(changes: Partial<Case>, onClose: () => unknown = () => {}) {
  const harness = oneHarness()
  const one: Case = { name: 'a case', checks: [], needs: () => true, run: async () => {}, ...changes }
  const watched: Harness = {
    ...harness,
    async open(wrap) {
      const broker = await harness.open(wrap)
      return {
        ...broker,
        async close() {
          await onClose()
          await broker.close()
        },
      }
    },
  }
  return runCases(watched, { cases: [one] })
}
