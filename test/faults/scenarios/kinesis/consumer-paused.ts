import type { Lease, LeaseStore } from '../../../../adapters/kinesis/lease-store.ts'
import { readerOf } from '../../../../adapters/kinesis/placing.ts'
import { compareSequences, positionOf } from '../../../../adapters/kinesis/position.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { startConsumer } from '../../process.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'
import { leasesOf } from './clients.ts'

const forMs = 4_000

/**
 * A process that has every lease is stopped (SIGSTOP) for longer than they last, another one takes over, and then it goes on.
 * What it would write must be refused, and no checkpoint may ever go back.
 */
export const consumerPaused: Scenario = async (world) => {
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source('consumer-paused')]
  const store = leasesOf(world)
  const reader = readerOf(source.topic, source.group)
  const shardsOf = async () => (await store.list(reader)).filter(({ name }) => name.startsWith('shardId-'))
  const handled = (id: string, attempt: number) => ledger.handled(id, attempt)
  const sleeper = startConsumer(world.url(), source, handled)
  try {
    const publishing = publishAll(await world.open(), source.topic, ledger, { ...loadOf(events), forMs })
    await waitFor(() => ledger.handledCount >= events / 4)
    sleeper.kill('SIGSTOP')
    const left = await shardsOf()
    const owners = new Set(left.map(({ owner }) => owner))
    const watch = watchCheckpoints(shardsOf)
    readInto(ledger, await world.open(), source)
    if (!(await watch.sees((rows) => rows.every(({ owner }) => owner !== undefined && !owners.has(owner)))))
      throw new Error('nobody took over from the process that was stopped')
    for (const row of left) await mustRefuse(store, reader, row)
    await waitFor(() => ledger.handledCount >= (events * 2) / 3)
    sleeper.kill('SIGCONT')
    await publishing
    await waitFor(() => ledger.isComplete)
    // As soon as it reads again, it has seen what became of its leases.
    if (!(await watch.sees((rows) => rows.some(({ owner }) => owner !== undefined && owners.has(owner)))))
      throw new Error('the process that was stopped did not come back')
    await watch.end()
  } finally {
    sleeper.kill('SIGCONT')
    sleeper.kill('SIGKILL')
    await sleeper.ended
  }
  return ledger.tally()
}

/** The write that moves on a lease as it was held before. */
async function mustRefuse(store: LeaseStore, reader: string, row: Lease): Promise<void> {
  if (await store.write(reader, { ...row, counter: row.counter + 1 }, row.counter))
    throw new Error(`the checkpoint of ${row.name} was moved by a process that had lost it`)
}

/** Looks at the leases again and again; fails where a checkpoint went back. */
function watchCheckpoints(list: () => Promise<readonly Lease[]>) {
  const latest = new Map<string, string>()
  let rows: readonly Lease[] = []
  let looks = 0
  let isOver = false
  let fault: Error | undefined
  const looking = look()

  async function look(): Promise<void> {
    while (!isOver) {
      rows = await list()
      looks++
      for (const { name, checkpoint } of rows) {
        const position = positionOf(checkpoint)
        if (position.kind !== 'after') continue
        const before = latest.get(name)
        if (before !== undefined && compareSequences(position.sequence, before) < 0)
          fault ??= new Error(`the checkpoint of ${name} went back`)
        latest.set(name, position.sequence)
      }
      await waitFor(() => isOver, 20)
    }
  }

  return {
    async sees(condition: (rows: readonly Lease[]) => boolean): Promise<boolean> {
      const from = looks
      return waitFor(() => looks > from && condition(rows), 30_000)
    },
    async end(): Promise<void> {
      isOver = true
      await looking
      if (fault !== undefined) throw fault
    },
  }
}
