import { codeOf, WaybillError } from '../../adapters/index.ts'

// Imported by programs for the terminal: what a user did wrong ends them with one line, what is a fault with its stack.
process.on('uncaughtException', (error) => {
  console.error(error instanceof WaybillError ? error.message : error)
  process.exit(1)
})

process.stdout.on('error', (error) => {
  // Whoever was reading has left, with what was wanted.
  if (codeOf(error) === 'EPIPE') process.exit(0)
  console.error(`[waybill] the output cannot be written (${codeOf(error)}): look at where it goes`)
  process.exit(1)
})

// Progress that nobody reads is no reason to stop.
process.stderr.on('error', () => {})
