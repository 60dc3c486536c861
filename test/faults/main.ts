/** `npm run faults -- <broker> [fault …] [--events n] [--json]`: breaks things while events flow, and counts. */
import { Command } from 'commander'
import { nearest } from '../../adapters/index.ts'
import type { Tally } from './ledger.ts'
import { scenarios } from './scenarios.ts'
import { openWorld, profiles } from './world.ts'

interface Options {
  readonly events: string
  readonly json?: true
}

const command: Command = new Command('npm run faults --')
  .description(
    'Breaks servers, readers and connections while events flow; counts sent, handled, lost and reordered.',
  )
  .argument('<broker>', `of ${Object.keys(profiles).join(', ')}`)
  .argument('[fault...]', `of ${Object.keys(scenarios).join(', ')} (default: all)`)
  .option('--events <number>', 'events of a scenario', '20000')
  .option('--json', 'one JSON object a line')
  .parse()
const [broker = '', ...faults] = command.args
const { events, json } = command.opts<Options>()
const profile = profiles[broker]
if (profile === undefined)
  command.error(`there is no broker "${broker}": did you mean "${nearest(broker, Object.keys(profiles))}"?`)

let isSound = true
for (const fault of faults.length > 0 ? faults : Object.keys(scenarios)) {
  const scenario = scenarios[fault]
  if (scenario === undefined)
    command.error(`there is no fault "${fault}": did you mean "${nearest(fault, Object.keys(scenarios))}"?`)
  const started = performance.now()
  await using world = await openWorld(profile, Number(events))
  const tally = await scenario(world)
  const result = { broker, fault, ...tally, seconds: Math.round((performance.now() - started) / 100) / 10 }
  console.log(json ? JSON.stringify(result) : readable(result))
  if (tally.lost > 0 || tally.reordered > 0) isSound = false
}
process.exitCode = isSound ? 0 : 1

function readable({
  broker: name,
  fault,
  seconds,
  ...counts
}: Tally & { broker: string; fault: string; seconds: number }): string {
  const figures = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  return `${name} ${fault}: ${figures.join(', ')} in ${seconds} s`
}
