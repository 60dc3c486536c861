import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { z } from 'zod'

/** The part of `jest --json` that is read here. */
const schema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

/** Names are `file › test`; a skipped test gives its reason in its name. */
export interface JestReport {
  readonly files: number
  readonly passed: number
  readonly failures: readonly string[]
  readonly skipped: readonly string[]
}

/** Reads Jest's JSON report; `undefined` when Jest ended before it wrote one. */
export function readReport(path: string): JestReport | undefined {
  if (!existsSync(path)) return undefined
  const { testResults } = schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  let passed = 0
  const failures: string[] = []
  const skipped: string[] = []
  for (const file of testResults) {
    const name = relative(process.cwd(), file.name)
    for (const test of file.assertionResults) {
      if (test.status === 'passed') passed += 1
      else if (test.status === 'failed') failures.push(`${name} › ${test.fullName}`)
      else skipped.push(`${name} › ${test.fullName}`)
    }
    const reported = file.assertionResults.some((test) => test.status === 'failed')
    if (file.status === 'failed' && !reported) failures.push(`${name} failed outside its tests`)
  }
  return { files: testResults.length, passed, failures, skipped }
}
