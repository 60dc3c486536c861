/** The main job: a spreadsheet, row by row, through four functions and into a key-value store. `npm start -- --help`. */

import { printable, printableLines } from '../cli/printable.ts'
import { errorText, UsageError } from '../cli/report.ts'
import './shared/one-line-errors.ts'
import { runPipeline } from './spreadsheet/pipeline.ts'
import { showProgress, standing } from './spreadsheet/progress.ts'
import { describe, readSettings } from './spreadsheet/settings.ts'
import { summary } from './spreadsheet/summary.ts'
import type { Tally } from './spreadsheet/tally.ts'

const settings = readSettings(process.argv.slice(2))
let running: Tally | undefined
let endProgress = () => {}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    endProgress()
    console.error(`[waybill] stopped: ${running === undefined ? 'no row was sent' : standing(running)}`)
    process.exit(code)
  })
}

try {
  const outcome = await runPipeline(settings, (tally) => {
    console.error(
      `Sending the rows of ${printable(describe(settings))} through upload → extract-subset → uppercase → store`,
    )
    endProgress = showProgress(tally)
    running = tally
  })
  endProgress()
  console.log(summary(outcome, process.stdout.columns || 100))
} catch (error) {
  endProgress()
  const before = running === undefined || running.rowsSeen === 0 ? '' : ` (until then: ${standing(running)})`
  console.error(`${printableLines(errorText(error, false))}${before}`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
