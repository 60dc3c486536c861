/** `npm run scale -- <broker> [what …] [--events n] [--json]`: what ten times the events, keys and lanes cost. */
import type { Command } from 'commander'
import { hint, messageOf } from '../../adapters/index.ts'
import { atLeast, command, oneLine } from '../../scripts/command.ts'
import { compare } from './compare.ts'
import { layouts } from './layout.ts'
import { comparisons } from './size.ts'
import { perform, taskSchema } from './task.ts'

const fewest = 10_000

if (process.argv[2] === 'task') {
  console.log(JSON.stringify(await perform(taskSchema.parse(JSON.parse(process.argv[3] ?? '')))))
  process.exit(0)
}

const brokers = Object.keys(layouts)
const whats = [...new Set(Object.values(layouts).flatMap(({ lanes }) => namesOf(lanes)))]
const program: Command = command('scale')
  .description('Measures rates and memory of a backlog against one in which something is a tenth.')
  .argument('<broker>', `of ${brokers.join(', ')}`)
  .argument('[what...]', `of ${whats.join(', ')} (default: all that the broker has)`)
  .option('--events <number>', 'the largest backlog', atLeast(fewest), 1_000_000)
  .option('--json', 'one JSON object a line')
  .parse()
const [broker = '', ...only] = program.args
const { events, json } = program.opts<{ readonly events: number; readonly json?: true }>()
const layout = Object.hasOwn(layouts, broker) ? layouts[broker] : undefined
if (layout === undefined) program.error(`there is no broker "${broker}": ${hint(broker, brokers)}`)
const known = namesOf(layout.lanes)
for (const what of only)
  if (!known.includes(what)) program.error(`${broker} has no "${what}" to grow: ${hint(what, known)}`)

try {
  for await (const result of compare(broker, events, only)) {
    const { case: name, ours, reference, ratio, unit } = result
    const figures = `${ours.toLocaleString('en')} : ${reference.toLocaleString('en')} ${unit}`
    console.log(
      json ? JSON.stringify(result) : `${name.padEnd(100)} ${String(ratio).padStart(7)}   ${figures}`,
    )
  }
} catch (error) {
  console.error(oneLine('scale', messageOf(error)))
  process.exitCode = 1
}

function namesOf(lanes: string): readonly string[] {
  return comparisons(lanes, fewest).map(({ what }) => what)
}
