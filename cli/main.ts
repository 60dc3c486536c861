#!/usr/bin/env node
import { runProgram } from './program.ts'
import { tellUnsettled } from './unsettled.ts'

// Whoever was reading has left, so nothing that follows could be told.
process.stdout.on('error', () => process.exit(1))

tellUnsettled()
const code = await runProgram(process.argv.slice(2))
// Nothing that a handler left running may keep a finished command alive, and nothing written may be lost.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise((resolve) => stream.write('', resolve))
}
process.exit(code)
