/** `identity-program.ts <way>`: prints how many events of each kind there were and what went wrong, as one JSON object. */
import { inspect } from 'node:util'
import type { CloudEvent, Warning } from '../../adapters/index.ts'
import { awkwardEvents, sampledEvents, vectorEvents } from './corpus.ts'
import { cargoOf, differenceOf, expectedCargo, misfitsOf, type Way } from './equal.ts'
import { Random } from './random.ts'
import { wires } from './wires.ts'

const orders = 20
const hops = wires.map((wire) => ({ ...wire, binding: wire.bindingOf() }))
type Hop = (typeof hops)[number]

const way = process.argv[2] === 'structured' ? 'structured' : 'auto'
const results = {
  vectors: await resultOf(vectorEvents(), 1),
  awkward: await resultOf(awkwardEvents(), 2),
  random: await resultOf(sampledEvents(2_000, 4), 3),
}
process.stdout.write(JSON.stringify(results))

async function resultOf(events: readonly CloudEvent[], seed: number) {
  return { events: events.length, faults: await faultsOf(events, way, seed) }
}

/** What is different after all the hops of one order, or went wrong on the way: a leniency too. */
async function faultOf(event: CloudEvent, order: readonly Hop[], way: Way): Promise<string | undefined> {
  const misfits = misfitsOf(event)
  const path: string[] = []
  const warn = ({ leniency, attribute = '', message }: Warning) => {
    if (leniency !== 'extension-type' || !misfits.has(attribute)) throw new Error(`a warning: ${message}`)
  }
  let carried = event
  try {
    for (const { name, binding, carry } of order) {
      path.push(name)
      carried = binding.decode(await carry(binding.encode(carried, { mode: way })), undefined, warn)
    }
  } catch (error) {
    return `${path.join(' → ')}: ${error}`
  }
  const difference = differenceOf(cargoOf(carried), expectedCargo(event, way))
  return difference === undefined ? undefined : `${path.join(' → ')}: ${difference}`
}

async function faultsOf(events: readonly CloudEvent[], way: Way, seed: number): Promise<readonly string[]> {
  const random = new Random(seed)
  const faults: string[] = []
  for (const [index, event] of events.entries()) {
    for (let order = 0; order < orders && faults.length < 10; order++) {
      const fault = await faultOf(event, random.shuffled(hops), way)
      if (fault === undefined) continue
      faults.push(`event ${index} (${inspect(event)}): ${fault}`.slice(0, 800))
      break
    }
  }
  return faults
}
