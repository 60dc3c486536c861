/** The main job: a spreadsheet, row by row, through four functions and into a key-value store. `npm start -- --help`. */
import { messageOf } from '../adapters/index.ts'
import { runPipeline } from './spreadsheet/pipeline.ts'
import { count, showProgress } from './spreadsheet/progress.ts'
import { describe, readSettings } from './spreadsheet/settings.ts'
import { summary } from './spreadsheet/summary.ts'

const settings = readSettings(process.argv.slice(2))
let endProgress = () => {}
let stored = () => 0
try {
  console.log(`Sending the rows of ${describe(settings)} through upload → extract-subset → uppercase → store`)
  const outcome = await runPipeline(settings, (tally) => {
    endProgress = showProgress(tally)
    stored = () => tally.stored.size
  })
  endProgress()
  console.log(summary(outcome, process.stdout.columns || 100))
} catch (error) {
  endProgress()
  const before = stored() > 0 ? ` (${count(stored())} rows before that were stored)` : ''
  console.error(`${messageOf(error)}${before}`)
  process.exitCode = 1
}
