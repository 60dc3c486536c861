/** `npm run faults -- <broker> [fault …] [--events n] [--json]`: breaks things while events flow, and counts. */
import { Command, InvalidArgumentError } from 'commander'
import { hint, messageOf } from '../../adapters/index.ts'
import { kinds } from './kinds.ts'
import { type Report, runScenario } from './run.ts'

interface Options {
  readonly events: number
  readonly json?: true
}

const fewest = 500
const misused = 2
const faults = [...new Set(Object.values(kinds).flatMap(({ scenarios }) => Object.keys(scenarios)))]

const command: Command = new Command('npm run faults --')
  .description(
    'Breaks servers, readers and connections while events flow; counts sent, handled, lost and reordered.',
  )
  .argument('<broker>', `of ${Object.keys(kinds).join(', ')}`)
  .argument('[fault...]', `of ${faults.join(', ')} (default: all that the broker has)`)
  .option('--events <number>', 'events of a scenario', count, 20_000)
  .option('--json', 'one JSON object a line')
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : misused))
  .parse()
const [broker = '', ...asked] = command.args
const { events, json } = command.opts<Options>()
const kind = Object.hasOwn(kinds, broker) ? kinds[broker] : undefined
if (kind === undefined) command.error(`there is no broker "${broker}": ${hint(broker, Object.keys(kinds))}`)
const known = Object.keys(kind.scenarios)
for (const fault of asked) {
  if (known.includes(fault)) continue
  const what = faults.includes(fault)
    ? `${broker} has no fault "${fault}"`
    : `there is no fault "${fault}": ${hint(fault, known)}`
  command.error(what)
}

for (const fault of asked.length > 0 ? asked : known) {
  try {
    const report = await runScenario(kind, fault, events)
    console.log(json ? JSON.stringify(report) : readable(report))
    if (report.lost > 0 || report.reordered > 0) process.exitCode = 1
  } catch (error) {
    console.error(oneLine(`${broker} ${fault} failed: ${messageOf(error)}`).trimEnd())
    process.exitCode = 1
  }
}

function readable({ broker: name, fault, seconds, ...counts }: Report): string {
  const figures = Object.entries(counts).map(([what, number]) => `${number} ${what}`)
  return `${name} ${fault}: ${figures.join(', ')} in ${seconds} s`
}

function count(written: string): number {
  const number = Number(written)
  if (!Number.isSafeInteger(number) || number < fewest)
    throw new InvalidArgumentError(`use a whole number of ${fewest} or more`)
  return number
}

function oneLine(text: string): string {
  return `[faults] ${text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')}\n`
}
