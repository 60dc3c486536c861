import { codeOf } from '../../../../adapters/index.ts'
import { pubsub } from '../../../../adapters/pubsub/index.ts'
import { attemptOf } from '../../attempt.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, patient } from '../../load.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'
import { refusalOf, within } from '../server-forgets.ts'

/** About half a minute of trying, and what a slow machine adds. */
const givesUpMs = 60_000
const toldMs = 10_000

/**
 * The server is killed and stays away. Publishing must report within its time limit that nobody answers; a reader must wait, and
 * say so. Then a server comes that knows nothing, and the reader must end, saying what is missing.
 */
export const serverGone: Scenario = async (world) => {
  const [ledger, source] = [new Ledger(), await world.source('server-gone')]
  const said: string[] = []
  const note = (_: object, message: string) => void said.push(message)
  const logger = { debug: note, info: note, warn: note, error: note }
  const { server, kind, events } = world
  const options = { project: 'local', endpoint: server.address, ackDeadlineMs: kind.leaseMs }
  const broker = await pubsub(options, logger)
  world.keep(broker)
  const ends: unknown[] = []
  const reading = broker.subscribe(
    source,
    (event, context) => ledger.handled(event.id, attemptOf(event, context)),
    { policy: patient },
  )
  reading.done.catch((error: unknown) => void ends.push(error))
  await publishAll(broker, source.topic, ledger, loadOf(Math.ceil(events / 4)))
  await waitFor(() => ledger.isComplete)

  await server.kill()
  const refusal = await within(refusalOf(broker, source.topic), givesUpMs)
  if (codeOf(refusal) !== 'ERR_TIMEOUT')
    throw new Error(`publishing to nobody told ${String(refusal)} in ${givesUpMs} ms`)
  if (ends.length > 0) throw new Error(`a reader did not wait for its server: ${String(ends[0])}`)
  if (!said.some((message) => message.includes('stopped coming')))
    throw new Error('a reader that waits for its server said nothing')
  await server.restart()
  await waitFor(() => ends.length > 0, toldMs)
  if (codeOf(ends[0]) !== 'ERR_NOT_FOUND')
    throw new Error(`reading what the server has forgotten told ${String(ends[0])} in ${toldMs} ms`)
  return ledger.tally()
}
