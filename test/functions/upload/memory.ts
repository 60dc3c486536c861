/**
 * Reads a file in a process of its own, started with `--expose-gc`, and prints the count of its rows and by how many
 * bytes the memory in use grew since the 1000th.
 */
import { readRows } from '../../../functions/upload/rows.ts'

function bytesHeld(): number {
  if (gc === undefined) throw new Error('start this with --expose-gc')
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

let rows = 0
let start = 0
let most = 0
for await (const _ of readRows(process.argv[2] ?? '')) {
  rows += 1
  if (rows === 1000) start = bytesHeld()
  else if (rows % 5000 === 0) most = Math.max(most, bytesHeld())
}
process.stdout.write(JSON.stringify({ rows, growth: most - start }))
