import { setTimeout as pause } from 'node:timers/promises'
import type { Handler, Policy } from '../../adapters/index.ts'
import { Ledger, type Tally } from './ledger.ts'
import { startConsumer } from './process.ts'
import { startProxy } from './proxy.ts'
import { publishAll } from './publishers.ts'
import { waitFor } from './until.ts'
import type { World } from './world.ts'

export type Scenario = (world: World) => Promise<Tally>

const patient: Policy = { maxAttempts: 50, backoff: { initialMs: 10, maxMs: 200 } }

function record(ledger: Ledger): Handler {
  return (event, { attempt }) => ledger.handled(event.id, attempt)
}

function loadOf(events: number) {
  return { events, publishers: 20, keys: 5, batch: 10 }
}

/** The server is killed and restarted at a third and at half of the events, while they are published and read. */
async function serverKilled(world: World): Promise<Tally> {
  const { server, events } = world
  const [ledger, source] = [new Ledger(), await world.source('server-killed')]
  const [sender, reader] = [await world.open(), await world.open()]
  reader.subscribe(source, record(ledger), { policy: patient }).done.catch(() => {})
  const publishing = publishAll(sender, source.topic, ledger, loadOf(events))
  for (const mark of [events / 3, events / 2]) {
    await waitFor(() => ledger.sentCount >= mark)
    await server.kill()
    await server.restart()
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** The reading process is killed in the middle of its work, twice, and another takes over. */
async function consumerKilled(world: World): Promise<Tally> {
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source('consumer-killed')]
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  const start = () => startConsumer(world.url(), source, (id, attempt) => ledger.handled(id, attempt))
  let consumer = start()
  for (const mark of [events / 4, events / 2]) {
    await waitFor(() => ledger.handledCount >= mark)
    consumer.kill('SIGKILL')
    await consumer.ended
    consumer = start()
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  consumer.kill('SIGTERM')
  await consumer.ended
  return ledger.tally()
}

/** A second and a third reader of the group join, and leave, while events flow. */
async function readersComeAndGo(world: World): Promise<Tally> {
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source('readers-come-and-go')]
  const first = await world.open()
  first.subscribe(source, record(ledger), { policy: patient }).done.catch(() => {})
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  for (let round = 0; round < 3; round++) {
    const [second, third] = [await world.open(), await world.open()]
    const subscriptions = [second, third].map((broker) =>
      broker.subscribe(source, record(ledger), { policy: patient }),
    )
    const mark = Math.min(ledger.handledCount + events / 8, events - 1)
    await waitFor(() => ledger.handledCount >= mark, 20_000)
    for (const subscription of subscriptions) await subscription.close()
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** One event of each hundred fails for ever and its dead-letter topic does not exist until half of the run is over. */
async function deadLetterDown(world: World): Promise<Tally> {
  const events = Math.ceil(world.events / 4)
  const [ledger, source] = [new Ledger(), await world.source('dead-letter-down')]
  const reader = await world.open()
  const late = { topic: 'late-letters', group: 'late-readers' }
  const fails = new Set<string>()
  const handler: Handler = (event, { attempt }) => {
    if (!event.id.endsWith('00')) return ledger.handled(event.id, attempt)
    fails.add(event.id)
    throw new Error('never')
  }
  const policy = { ...patient, maxAttempts: 2, deadLetter: late.topic }
  reader.subscribe(source, handler, { policy }).done.catch(() => {})
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  await waitFor(() => fails.size >= 10, 20_000)
  await reader.ensure({ topics: [late.topic], groups: [late] })
  reader.subscribe(late, record(ledger), { policy: { ...patient, deadLetter: false } }).done.catch(() => {})
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** Some handlers take three times as long as a silent reader may hold what it was given. */
async function slowHandler(world: World): Promise<Tally> {
  const { leaseMs } = world.profile
  const [ledger, source] = [new Ledger(), await world.source('slow-handler')]
  const handler: Handler = async (event, { attempt }) => {
    if (event.id.endsWith('#7')) await pause(3 * leaseMs)
    ledger.handled(event.id, attempt)
  }
  ;(await world.open())
    .subscribe(source, handler, { policy: { ...patient, timeoutMs: 60_000 } })
    .done.catch(() => {})
  await publishAll(await world.open(), source.topic, ledger, {
    events: 400,
    publishers: 4,
    keys: 1,
    batch: 10,
  })
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** The publisher's connection is cut after the server has a batch and before its answer arrives, again and again. */
async function connectionCut(world: World): Promise<Tally> {
  const events = Math.ceil(world.events / 4)
  const [ledger, source] = [new Ledger(), await world.source('connection-cut')]
  await using proxy = await startProxy(world.server.detour ?? { to: 0, at: 0 })
  const sender = await world.open(`127.0.0.1:${proxy.port}`)
  ;(await world.open()).subscribe(source, record(ledger), { policy: patient }).done.catch(() => {})
  const publishing = publishAll(sender, source.topic, ledger, loadOf(events))
  for (let cut = 1; cut <= 5; cut++) {
    await waitFor(() => ledger.sentCount >= (events * cut) / 6, 20_000)
    // Once all is published there is nothing left to cut.
    await Promise.race([proxy.cutBeforeAnswer(2), publishing])
  }
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** Everything that may go wrong, by the name that the report has. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'server-killed': serverKilled,
  'consumer-killed': consumerKilled,
  'readers-come-and-go': readersComeAndGo,
  'dead-letter-down': deadLetterDown,
  'slow-handler': slowHandler,
  'connection-cut': connectionCut,
}
