import {
  type Broker,
  type CloudEvent,
  codeOf,
  createEvent,
  type Handler,
  PublishError,
} from '../../../adapters/index.ts'
import { Ledger } from '../ledger.ts'
import { loadOf, patient, readInto } from '../load.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

const toldMs = 10_000

/**
 * The server restarts without the disk that a stream in memory never had. Then the publisher must be refused and the reader
 * must end, each saying that there is no such stream; both go on once it was created anew.
 */
export const memoryStreamRestart: Scenario = async (world) => {
  const half = loadOf(Math.ceil(world.events / 8))
  const ledger = new Ledger()
  const source = { topic: 'memory-stream-restart', group: 'memory-readers' }
  const topology = { topics: [source.topic], groups: [source] }
  const inMemory = { query: { storage: 'memory' } }
  const [sender, reader] = [await world.open(inMemory), await world.open(inMemory)]
  await sender.ensure(topology)
  const record: Handler = (event, { attempt }) => ledger.handled(event.id, attempt)
  const ended = reader.subscribe(source, record, { policy: patient }).done.then(
    () => undefined,
    (error: unknown) => error,
  )
  await publishAll(sender, source.topic, ledger, half)
  await waitFor(() => ledger.isComplete)

  await world.server.kill()
  await world.server.restart()
  const [refusal, end] = await Promise.all([refusalOf(sender, source.topic), within(ended, toldMs)])
  if (codeOf(refusal) !== 'ERR_NOT_FOUND')
    throw new Error(`publishing to a stream that is gone told ${String(refusal)}`)
  if (codeOf(end) !== 'ERR_NOT_FOUND')
    throw new Error(`reading a stream that is gone told ${String(end)} in ${toldMs} ms`)

  await sender.ensure(topology)
  readInto(ledger, reader, source)
  await publishAll(sender, source.topic, ledger, { ...half, from: half.events })
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** What the publisher hears about one event; `undefined` where it was confirmed. */
async function refusalOf(broker: Broker, topic: string): Promise<unknown> {
  const event: CloudEvent = createEvent({ type: 'fault.refused', source: '/faults', id: 'refused' })
  try {
    await broker.publish(topic, event)
    return undefined
  } catch (error) {
    return error instanceof PublishError ? error.failures[0]?.error : error
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let result: T | undefined
  void promise.then((value) => {
    result = value
  })
  await waitFor(() => result !== undefined, ms)
  return result
}
