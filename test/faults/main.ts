/** `npm run faults -- <broker> [fault …] [--events n] [--json]`: breaks things while events flow, and counts. */
import type { Command } from 'commander'
import { hint, messageOf } from '../../adapters/index.ts'
import { atLeast, command, oneLine } from '../../scripts/command.ts'
import { kinds } from './kinds.ts'
import { type Report, runScenario } from './run.ts'

interface Options {
  readonly events: number
  readonly json?: true
}

const fewest = 500
const faults = [...new Set(Object.values(kinds).flatMap(({ scenarios }) => Object.keys(scenarios)))]

const program: Command = command('faults')
  .description(
    'Breaks servers, readers and connections while events flow; counts sent, handled, lost and reordered.',
  )
  .argument('<broker>', `of ${Object.keys(kinds).join(', ')}`)
  .argument('[fault...]', `of ${faults.join(', ')} (default: all that the broker has)`)
  .option('--events <number>', 'events of a scenario', atLeast(fewest), 20_000)
  .option('--json', 'one JSON object a line')
  .parse()
const [broker = '', ...asked] = program.args
const { events, json } = program.opts<Options>()
const kind = Object.hasOwn(kinds, broker) ? kinds[broker] : undefined
if (kind === undefined) program.error(`there is no broker "${broker}": ${hint(broker, Object.keys(kinds))}`)
const known = Object.keys(kind.scenarios)
for (const fault of asked) {
  if (known.includes(fault)) continue
  const what = faults.includes(fault)
    ? `${broker} has no fault "${fault}"`
    : `there is no fault "${fault}": ${hint(fault, known)}`
  program.error(what)
}

for (const fault of asked.length > 0 ? asked : known) {
  try {
    const report = await runScenario(kind, fault, events)
    console.log(json ? JSON.stringify(report) : readable(report))
    if (report.lost > 0 || report.reordered > 0) process.exitCode = 1
  } catch (error) {
    console.error(oneLine('faults', `${broker} ${fault} failed: ${messageOf(error)}`))
    process.exitCode = 1
  }
}

function readable({ broker: name, fault, seconds, ...counts }: Report): string {
  const figures = Object.entries(counts).map(([what, number]) => `${number} ${what}`)
  return `${name} ${fault}: ${figures.join(', ')} in ${seconds} s`
}
