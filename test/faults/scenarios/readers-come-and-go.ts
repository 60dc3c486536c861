import { attemptOf } from '../attempt.ts'
import { Ledger } from '../ledger.ts'
import { loadOf, readInto } from '../load.ts'
import { partOf, publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

const rounds = 3
const shareMs = 1_500
/** Time over which an eighth of the events is sent. */
const forMs = 1_000

/**
 * A second and a third reader of the group join while events flow; then the two that are there longest leave, three times.
 * Where one member of a group reads at a time, another takes over; where all share, the shares move.
 */
export const readersComeAndGo: Scenario = async (world) => {
  const [ledger, source] = [new Ledger(), await world.source('readers-come-and-go')]

  async function join() {
    let handled = 0
    const subscription = readInto(ledger, await world.open(), source, (event, context) => {
      handled++
      ledger.handled(event.id, attemptOf(event, context))
    })
    return { handled: () => handled, leave: () => subscription.close() }
  }

  const readers = [await join()]
  const sender = await world.open()
  let isOver = false
  const publishing = publish()
  for (let round = 0; round < rounds; round++) {
    readers.push(await join(), await join())
    await waitFor(() => readers.every((reader) => reader.handled() > 0), shareMs)
    for (const reader of readers.splice(0, 2)) await reader.leave()
    const [left] = readers
    const before = left?.handled() ?? 0
    if (!(await waitFor(() => (left?.handled() ?? 0) > before))) throw new Error('no reader took over')
  }
  isOver = true
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()

  /** Events flow for longer than readers come and go, on a slow machine as well. */
  async function publish(): Promise<void> {
    // Small batches: a few large ones would leave seconds in which there is nothing to take over.
    const load = { ...loadOf(partOf(world.events)), batch: 2, forMs }
    for (let from = 0; from < world.events || !isOver; from += load.events)
      await publishAll(sender, source.topic, ledger, { ...load, from })
  }
}
