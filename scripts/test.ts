/**
 * Everything that has to hold, in order: types, lint, build, tests. Arguments go to Jest:
 * `npm test -- test/core`. The last line counts each of the first three stages as one test.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type JestReport, readReport } from './jest-report.ts'
import { scratchParent } from './scratch.ts'
import { runStage, type StageResult } from './stage.ts'

const root = resolve(import.meta.dirname, '..')
const jestArguments = process.argv.slice(2)
const scratch = mkdtempSync(join(scratchParent(), 'waybill-test-'))
const reportFile = join(scratch, 'jest.json')

let passed = 0
let failed = 0

function bin(path: string, ...args: string[]): string[] {
  return [process.execPath, join(root, 'node_modules', path), ...args]
}

function show(name: string, result: StageResult, detail = ''): void {
  const verdict = result.ok ? 'ok' : 'FAILED'
  console.log(
    `${name.padEnd(6)} ${verdict.padEnd(6)} ${result.seconds.toFixed(1).padStart(6)} s  ${detail}`.trimEnd(),
  )
  if (!result.ok) console.log(`\n${result.output.trim()}\n`)
}

async function stage(name: string, command: readonly string[]): Promise<void> {
  const result = await runStage(command, { cwd: root })
  if (result.ok) passed += 1
  else failed += 1
  show(name, result)
}

async function jest(): Promise<void> {
  const result = await runStage(
    bin('jest/bin/jest.js', '--json', `--outputFile=${reportFile}`, ...jestArguments),
    {
      cwd: root,
      env: {
        NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
        TMPDIR: scratch,
        // Servers live for a minute at most: what the second compiler would gain is less than what it takes.
        JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1',
      },
      // Jest stays up for ever behind an open handle; its hint is the only sign of it.
      killOn: 'Jest did not exit',
    },
  )
  const report = readReport(reportFile)
  const executed = (report?.passed ?? 0) + (report?.failures.length ?? 0)
  const ok = result.ok && executed > 0
  show('tests', { ...result, ok }, report && `${report.passed} of ${executed} in ${report.files} files`)
  count(report, ok)
}

function count(report: JestReport | undefined, ok: boolean): void {
  const failures = report?.failures ?? []
  passed += report?.passed ?? 0
  // A run that failed without a failed test (no test found, an open handle, a crash) is one failure.
  failed += ok ? 0 : Math.max(1, failures.length)
  for (const name of failures) console.log(`failed: ${name}`)
  // A name filter marks every other test as pending: those were not asked for, so they are no skips.
  const filtered = jestArguments.some((argument) => /^(-t|--testNamePattern)\b/.test(argument))
  const skipped = filtered ? [] : (report?.skipped ?? [])
  for (const name of skipped) console.log(`skipped: ${name}`)
  console.log(
    `\n${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
  )
}

try {
  await stage('types', bin('typescript/bin/tsc', '--noEmit'))
  await stage('lint', bin('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'))
  await stage('build', bin('tsx/dist/cli.mjs', 'scripts/build.ts'))
  await jest()
} finally {
  // What a server that is being killed still writes is removed too.
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
}
process.exitCode = failed > 0 ? 1 : 0
