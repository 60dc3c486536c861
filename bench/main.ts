import { codeOf, hint } from '../adapters/index.ts'
import { command } from '../scripts/command.ts'
import type { Result } from './measure.ts'

/** Each loads its own clients alone: what others bring along makes the clients measured slower, in rounds of their own. */
const benches: Readonly<Record<string, () => Promise<() => AsyncGenerator<Result>>>> = {
  core: async () => (await import('./core.ts')).coreBench,
  codec: async () => (await import('./codec.ts')).codecBench,
  http: async () => (await import('./http.ts')).httpBench,
  kafka: async () => (await import('./kafka.ts')).kafkaBench,
  nats: async () => (await import('./nats.ts')).natsBench,
  jetstream: async () => (await import('./jetstream.ts')).jetstreamBench,
  kinesis: async () => (await import('./kinesis.ts')).kinesisBench,
  pubsub: async () => (await import('./pubsub.ts')).pubsubBench,
  hosts: async () => (await import('./hosts.ts')).hostsBench,
}
const known = Object.keys(benches)

process.stdout.on('error', (error) => {
  // Whoever was reading has left, with what was wanted.
  if (codeOf(error) === 'EPIPE') process.exit(0)
  console.error(`[bench] the results cannot be written (${codeOf(error)}): look at where they go`)
  process.exit(1)
})

const program = command('bench')
  .description(
    'Measures the library against what it is built on, in minutes: ours : reference, each in one run.',
  )
  .argument('[name...]', `benches to run, of ${known.join(', ')} (default: all)`)
  .option('--json', 'one JSON object a line')
  .parse()
const { json = false } = program.opts<{ readonly json?: boolean }>()

const names = program.args.length > 0 ? program.args : known
for (const name of names) {
  if (!Object.hasOwn(benches, name)) {
    program.error(`there is no bench "${name}": ${hint(name, known)}`)
  }
}
for (const name of names) {
  const bench = await benches[name]?.()
  for await (const line of bench?.() ?? []) console.log(json ? JSON.stringify(line) : readable(line))
}

function readable({ case: name, ours, reference, ratio, unit, oursCpu, referenceCpu }: Result): string {
  const figures = `${ours.toLocaleString('en')} : ${reference.toLocaleString('en')} ${unit}`
  const cpu = oursCpu === undefined ? '' : `   ${oursCpu} : ${referenceCpu} CPU s per million`
  return `${name.padEnd(70)} ${String(ratio).padStart(7)}   ${figures}${cpu}`
}
