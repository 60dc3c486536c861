/** `npm run conformance -- <broker> [--json] [--only <text>]`: the suite against one broker, case by case. */
import { parseArgs } from 'node:util'
import { harnesses, harnessesOf } from './harnesses/index.ts'
import { type Result, runCases } from './run.ts'

const usage = `usage: npm run conformance -- <broker> [--json] [--only <text>]
  <broker>  one of: ${Object.keys(harnesses).join(', ')}; a name runs its variants too
  --json    one JSON object a case
  --only    runs the cases whose name contains the text`

const marks = { passed: '✓', failed: '✗', skipped: '-' } as const

function lineOf({ broker, case: name, result, reason, ms }: Result): string {
  const why = reason === '' ? '' : result === 'skipped' ? ` (${reason})` : `\n    ${reason}`
  return `${marks[result]} ${broker}: ${name}${result === 'skipped' ? '' : ` ${ms} ms`}${why}`
}

function settingsOf(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
  })
  const [broker, ...more] = positionals
  if (broker === undefined) throw new Error('which broker?')
  if (more.length > 0) throw new Error(`one broker at a time, not also ${more.join(', ')}`)
  const chosen = harnessesOf(broker)
  if (chosen.length === 0) throw new Error(`unknown broker "${broker}"`)
  return { ...values, chosen }
}

async function main(args: readonly string[]): Promise<number> {
  const { chosen, json, only } = settingsOf(args)
  const results: Result[] = []
  for (const harness of chosen) {
    const reason = await harness.unavailable?.()
    if (reason !== undefined) throw new Error(`${harness.name} has no server to run against: ${reason}`)
    const onResult = (result: Result) => console.log(json ? JSON.stringify(result) : lineOf(result))
    results.push(...(await runCases(harness, { only: ({ name }) => name.includes(only), onResult })))
  }
  const count = (kind: Result['result']) => results.filter(({ result }) => result === kind).length
  if (!json)
    console.log(`\n${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`)
  return count('failed') > 0 || results.length === 0 ? 1 : 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  process.exitCode = 2
}
