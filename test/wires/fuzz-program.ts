/** `fuzz-program.ts <wire> <messages>`: prints what became of them, as one JSON object. */
import { DecodedEvent } from '../../adapters/core/decoded.ts'
import { DecodeError, type Message } from '../../adapters/index.ts'
import { arrivals } from './arrival.ts'
import { checker } from './check.ts'
import { sampledEvents, vectorMessages } from './corpus.ts'
import { mutated, noise, originOf } from './mutation.ts'
import { Random } from './random.ts'
import { type Wire, wireOf } from './wires.ts'

const [name = '', messages = '0'] = process.argv.slice(2)
const wire = wireOf(name)
const before = prototypes()
// Half of the messages end in an error, and half of an error's cost is a stack that nobody reads.
Error.stackTraceLimit = 0
const random = new Random(20_261)
const corpus = corpusOf(wire)
const check = checker(wire)
const seen = { events: 0, warned: 0, refused: 0 }
const faults: string[] = []
const arrive = arrivals[name]

for (let count = 0; count < Number(messages) && faults.length < 5; count++) {
  const message = random.chance(0.05) ? noise(random) : mutated(random.pick(corpus), random)
  const fault = check(message, originOf(random), seen) ?? faultOfArrival(message)
  if (fault !== undefined) faults.push(`message ${count}: ${fault}\n${shown(message)}`)
}
const polluted = prototypes().filter((members) => !before.includes(members))
process.stdout.write(JSON.stringify({ ...seen, faults, polluted }))

/** Some of the messages also as the client could deliver them. */
function faultOfArrival(message: Message): string | undefined {
  if (arrive === undefined || !random.chance(0.05)) return undefined
  try {
    const all = arrive(message, random).map((arrived) => check(arrived, originOf(random), seen))
    return all.find((fault) => fault !== undefined)
  } catch (error) {
    return error instanceof DecodeError ? undefined : `its conversion threw ${String(error)}`
  }
}

function corpusOf({ name, bindingOf }: Wire): readonly Message[] {
  const binding = bindingOf()
  const events = sampledEvents(40, 7)
  const written = events.flatMap((event) => [
    binding.encode(event, { key: 'k' }),
    binding.encode(event, { mode: 'structured' }),
  ])
  return [...written, ...vectorMessages(name)]
}

/** What pollution would show in: the members of each prototype. */
function prototypes(): readonly string[] {
  const all = [Object.prototype, Array.prototype, Function.prototype, DecodedEvent.prototype]
  return all.map((prototype) => Reflect.ownKeys(prototype).map(String).sort().join(' '))
}

function shown({ body, headers, headerValues, key }: Message): string {
  const start =
    body === null || body === undefined ? 'none' : Buffer.from(body).toString('latin1').slice(0, 600)
  return JSON.stringify({ body: start, headers, headerValues, key }, (_, value) =>
    typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value,
  ).slice(0, 2_000)
}
