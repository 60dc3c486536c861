import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import type { CloudEvent, Warning } from '../../adapters/index.ts'
import { awkwardEvents, sampledEvents, vectorEvents } from './corpus.ts'
import { cargoOf, differenceOf, expectedCargo, misfitsOf, type Way } from './equal.ts'
import { Random } from './random.ts'
import { wires } from './wires.ts'

const orders = 20
const hops = wires.map((wire) => ({ ...wire, binding: wire.bindingOf() }))
type Hop = (typeof hops)[number]

/** Every event comes out of all wires, in any order, as it went in. */
export function describeIdentity(way: Way): void {
  describe(`in mode ${way}, through all wires in twenty random orders`, () => {
    it('every event of the vectors comes out equal', async () => {
      const events = vectorEvents()
      expect(events.length).toBeGreaterThan(200)
      expect(await faultsOf(events, way, 1)).toEqual([])
    }, 120_000)

    it('every event that is awkward to carry comes out equal', async () => {
      const events = awkwardEvents()
      expect(events.length).toBeGreaterThan(200)
      expect(await faultsOf(events, way, 2)).toEqual([])
    }, 120_000)

    it('every random event comes out equal', async () => {
      expect(await faultsOf(sampledEvents(2_000, 4), way, 3)).toEqual([])
    }, 240_000)
  })
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
