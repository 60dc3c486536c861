import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readReport } from '../../scripts/jest-report.ts'
import { runStage, type StageOptions } from '../../scripts/stage.ts'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-test-run-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

function reportOf(testResults: readonly unknown[]) {
  const path = join(folder, 'jest.json')
  writeFileSync(path, JSON.stringify({ testResults }))
  return readReport(path)
}

function file(status: string, ...tests: readonly (readonly [fullName: string, status: string])[]) {
  const assertionResults = tests.map(([fullName, verdict]) => ({ fullName, status: verdict }))
  return { name: join(process.cwd(), 'test/a.test.ts'), status, assertionResults }
}

describe("reading Jest's report", () => {
  it('counts passed tests and names failed and skipped ones', () => {
    const results = file(
      'failed',
      ['a', 'passed'],
      ['b', 'failed'],
      ['c: no broker', 'pending'],
      ['d', 'todo'],
    )
    expect(reportOf([results, file('passed', ['e', 'passed'])])).toEqual({
      files: 2,
      passed: 2,
      failures: ['test/a.test.ts › b'],
      skipped: ['test/a.test.ts › c: no broker', 'test/a.test.ts › d'],
    })
  })

  it('counts a file that could not be loaded as one failure', () => {
    expect(reportOf([file('failed')])?.failures).toEqual(['test/a.test.ts failed outside its tests'])
  })

  it('counts a file whose clean-up failed as one failure besides its passed tests', () => {
    expect(reportOf([file('failed', ['a', 'passed'])])).toMatchObject({
      passed: 1,
      failures: ['test/a.test.ts failed outside its tests'],
    })
  })

  it('has no report when Jest wrote none', () => {
    expect(readReport(join(folder, 'none.json'))).toBeUndefined()
  })
})

describe('running a stage', () => {
  function run(script: string, options: Partial<StageOptions> = {}) {
    return runStage([process.execPath, '--eval', script], { cwd: folder, ...options })
  }

  it('passes on exit code 0, with both outputs', async () => {
    const result = await run("console.log('out'); console.error('err')")
    expect(result).toMatchObject({ ok: true })
    expect(result.output).toContain('out\n')
    expect(result.output).toContain('err\n')
  })

  it('fails on any other exit code', async () => {
    expect(await run('process.exit(3)')).toMatchObject({ ok: false })
  })

  it('fails when the command cannot be started', async () => {
    const result = await runStage([join(folder, 'nowhere')], { cwd: folder })
    expect(result).toMatchObject({ ok: false, output: expect.stringContaining('ENOENT') })
  })

  it('kills a process that says it will not end', async () => {
    const result = await run("console.log('still open'); setInterval(() => {}, 1000)", {
      killOn: 'still open',
    })
    expect(result).toMatchObject({ ok: false, output: expect.stringContaining('ended by SIGKILL') })
  })

  it('kills a process that takes too long', async () => {
    expect(await run('setInterval(() => {}, 1000)', { timeoutMs: 200 })).toMatchObject({ ok: false })
  })
})
