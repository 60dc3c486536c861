/** `npm run scale -- <broker> [what …] [--events n] [--json]`: what ten times the events, keys and lanes cost. */
import { Command, InvalidArgumentError } from 'commander'
import { messageOf, nearest } from '../../adapters/index.ts'
import { compare } from './compare.ts'
import { layouts } from './layout.ts'
import { comparisons } from './size.ts'
import { perform, taskSchema } from './task.ts'

const misused = 2
const fewest = 10_000

if (process.argv[2] === 'task') {
  console.log(JSON.stringify(await perform(taskSchema.parse(JSON.parse(process.argv[3] ?? '')))))
  process.exit(0)
}

const brokers = Object.keys(layouts)
const whats = [...new Set(Object.values(layouts).flatMap(({ lanes }) => namesOf(lanes)))]
const command: Command = new Command('npm run scale --')
  .description('Measures rates and memory of a backlog against one in which something is a tenth.')
  .argument('<broker>', `of ${brokers.join(', ')}`)
  .argument('[what...]', `of ${whats.join(', ')} (default: all that the broker has)`)
  .option('--events <number>', 'the largest backlog', count, 1_000_000)
  .option('--json', 'one JSON object a line')
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : misused))
  .parse()
const [broker = '', ...only] = command.args
const { events, json } = command.opts<{ readonly events: number; readonly json?: true }>()
const layout = Object.hasOwn(layouts, broker) ? layouts[broker] : undefined
if (layout === undefined)
  command.error(`there is no broker "${broker}": did you mean "${nearest(broker, brokers)}"?`)
const known = namesOf(layout.lanes)
for (const what of only)
  if (!known.includes(what))
    command.error(`${broker} has no "${what}" to grow: did you mean "${nearest(what, known)}"?`)

try {
  for await (const result of compare(broker, events, only)) {
    const { case: name, ours, reference, ratio, unit } = result
    const figures = `${ours.toLocaleString('en')} : ${reference.toLocaleString('en')} ${unit}`
    console.log(
      json ? JSON.stringify(result) : `${name.padEnd(100)} ${String(ratio).padStart(7)}   ${figures}`,
    )
  }
} catch (error) {
  console.error(oneLine(messageOf(error)).trimEnd())
  process.exitCode = 1
}

function namesOf(lanes: string): readonly string[] {
  return comparisons(lanes, fewest).map(({ what }) => what)
}

function count(written: string): number {
  const number = Number(written)
  if (!Number.isSafeInteger(number) || number < fewest)
    throw new InvalidArgumentError(`use a whole number of ${fewest} or more`)
  return number
}

function oneLine(text: string): string {
  return `[scale] ${text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')}\n`
}
