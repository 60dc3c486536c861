import {
  type Broker,
  type CloudEvent,
  codeOf,
  createEvent,
  type Handler,
  PublishError,
} from '../../../adapters/index.ts'
import { attemptOf } from '../attempt.ts'
import { Ledger } from '../ledger.ts'
import { loadOf, patient, readInto } from '../load.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'
import type { Detached } from '../world.ts'

const toldMs = 10_000

/**
 * The server restarts and has forgotten its topics. Then the publisher must be refused and the reader must end, each saying that
 * there is no such topic; both go on once it was created anew.
 */
export function serverForgets(name: string, query: Detached['query'] = {}): Scenario {
  return async (world) => {
    const half = loadOf(Math.ceil(world.events / 8))
    const ledger = new Ledger()
    const source = { topic: name, group: `${name}-readers` }
    const topology = { topics: [source.topic], groups: [source] }
    const [sender, reader] = [await world.open({ query }), await world.open({ query })]
    await sender.ensure(topology)
    const record: Handler = (event, context) => ledger.handled(event.id, attemptOf(event, context))
    const ended = reader.subscribe(source, record, { policy: patient }).done.then(
      () => undefined,
      (error: unknown) => error,
    )
    await publishAll(sender, source.topic, ledger, half)
    await waitFor(() => ledger.isComplete)

    await world.server.kill()
    // On its way while nobody is there: it must hear of it as well.
    const onItsWay = refusalOf(sender, source.topic)
    await world.server.restart()
    const refusals = Promise.all([onItsWay, refusalOf(sender, source.topic)])
    const [refused, end] = await Promise.all([within(refusals, toldMs), within(ended, toldMs)])
    for (const refusal of refused ?? [undefined]) {
      if (codeOf(refusal) !== 'ERR_NOT_FOUND')
        throw new Error(`publishing to a topic that is gone told ${String(refusal)} in ${toldMs} ms`)
    }
    if (codeOf(end) !== 'ERR_NOT_FOUND')
      throw new Error(`reading a topic that is gone told ${String(end)} in ${toldMs} ms`)

    await sender.ensure(topology)
    readInto(ledger, reader, source)
    await publishAll(sender, source.topic, ledger, { ...half, from: half.events })
    await waitFor(() => ledger.isComplete)
    return ledger.tally()
  }
}

/** What the publisher hears about one event; `undefined` where it was confirmed. */
export async function refusalOf(broker: Broker, topic: string): Promise<unknown> {
  const event: CloudEvent = createEvent({ type: 'fault.refused', source: '/faults', id: 'refused' })
  try {
    await broker.publish(topic, event)
    return undefined
  } catch (error) {
    return error instanceof PublishError ? error.failures[0]?.error : error
  }
}

/** What a promise comes to in that time; `undefined` where it comes to nothing. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let result: T | undefined
  void promise.then((value) => {
    result = value
  })
  await waitFor(() => result !== undefined, ms)
  return result
}
