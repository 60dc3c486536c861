import { Command } from 'commander'
import { codeOf, hint } from '../adapters/index.ts'
import { codecBench } from './codec.ts'
import { coreBench } from './core.ts'
import { hostsBench } from './hosts.ts'
import { httpBench } from './http.ts'
import { jetstreamBench } from './jetstream.ts'
import { kafkaBench } from './kafka.ts'
import { kinesisBench } from './kinesis.ts'
import type { Result } from './measure.ts'
import { natsBench } from './nats.ts'

const benches: Readonly<Record<string, () => AsyncGenerator<Result>>> = {
  core: coreBench,
  codec: codecBench,
  http: httpBench,
  kafka: kafkaBench,
  nats: natsBench,
  jetstream: jetstreamBench,
  kinesis: kinesisBench,
  hosts: hostsBench,
}
const known = Object.keys(benches)
const misused = 2

process.stdout.on('error', (error) => {
  // Whoever was reading has left, with what was wanted.
  if (codeOf(error) === 'EPIPE') process.exit(0)
  console.error(`[bench] the results cannot be written (${codeOf(error)}): look at where they go`)
  process.exit(1)
})

const command = new Command('npm run bench --')
  .description(
    'Measures the library against what it is built on, in minutes: ours : reference, each in one run.',
  )
  .argument('[name...]', `benches to run, of ${known.join(', ')} (default: all)`)
  .option('--json', 'one JSON object a line')
  .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : misused))
  .parse()
const { json = false } = command.opts<{ readonly json?: boolean }>()

const names = command.args.length > 0 ? command.args : known
for (const name of names) {
  if (!Object.hasOwn(benches, name)) {
    command.error(`there is no bench "${name}": ${hint(name, known)}`)
  }
}
for (const name of names) {
  for await (const line of benches[name]?.() ?? []) console.log(json ? JSON.stringify(line) : readable(line))
}

function readable({ case: name, ours, reference, ratio, unit, oursCpu, referenceCpu }: Result): string {
  const figures = `${ours.toLocaleString('en')} : ${reference.toLocaleString('en')} ${unit}`
  const cpu = oursCpu === undefined ? '' : `   ${oursCpu} : ${referenceCpu} CPU s per million`
  return `${name.padEnd(70)} ${String(ratio).padStart(7)}   ${figures}${cpu}`
}

/** Commander puts its suggestion on a line of its own. */
function oneLine(text: string): string {
  return `[bench] ${text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')}\n`
}
