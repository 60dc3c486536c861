/** `npm run docs:matrix`: runs the conformance suite on every broker and writes the matrix of the README. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { harnesses } from '../test/conformance/harnesses/index.ts'
import { runCases } from '../test/conformance/index.ts'
import { type Row, tableOf, withTable } from './matrix-table.ts'

const readme = resolve(import.meta.dirname, '../README.md')
const rows: Row[] = []
for (const [name, open] of Object.entries(harnesses)) {
  const harness = open()
  await using broker = await harness.open((driver) => driver)
  const results = (await runCases(harness)).filter(({ result }) => result !== 'skipped')
  const failures = results.filter(({ result }) => result === 'failed')
  for (const failure of failures) console.error(`✗ ${name}: ${failure.case}\n  ${failure.reason}`)
  if (failures.length > 0) process.exitCode = 1
  rows.push({
    broker: name,
    capabilities: broker.capabilities,
    passed: results.length - failures.length,
    applicable: results.length,
  })
}
const table = tableOf(rows)
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table))
console.log(table)
