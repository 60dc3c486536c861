import type { Handler } from '../../../adapters/index.ts'
import { attemptOf } from '../attempt.ts'
import { Ledger } from '../ledger.ts'
import { loadOf, patient, readInto } from '../load.ts'
import { publishAll } from '../publishers.ts'
import type { Scenario } from '../scenario.ts'
import { waitFor } from '../until.ts'

const late = { topic: 'late-letters', group: 'late-readers' }

/** One event of fifty fails for ever, and its dead-letter topic does not exist until ten dead letters were refused. */
export const deadLetterDown: Scenario = async (world) => {
  const events = Math.ceil(world.events / 4)
  const [ledger, source] = [new Ledger(), await world.source('dead-letter-down')]
  const reader = await world.open()
  let refused = 0
  const handler: Handler = (event, context) => {
    if (isHopeless(event.id)) throw new Error('never')
    ledger.handled(event.id, attemptOf(event, context))
  }
  const subscription = reader.subscribe(source, handler, {
    policy: { ...patient, maxAttempts: 2, deadLetter: late.topic },
    observe: ({ kind }) => {
      if (kind === 'dead-letter-failed') refused++
    },
  })
  subscription.done.catch((error: unknown) => ledger.ended(error))
  const publishing = publishAll(await world.open(), source.topic, ledger, loadOf(events))
  if (!(await waitFor(() => refused >= 10))) throw new Error('no dead letter was refused')
  await reader.ensure({ topics: [late.topic], groups: [late] })
  readInto(ledger, reader, late, (event) => ledger.deadLettered(event.id))
  await publishing
  await waitFor(() => ledger.isComplete)
  return ledger.tally()
}

/** Every tenth event of every fifth key. */
function isHopeless(id: string): boolean {
  return /-0#\d*1$/.test(id)
}
