import { startAwsProxy } from '../../../../dev/index.ts'
import { seeded } from '../../../conformance/cases/failing.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'

/** Few calls of many events: each is over when its last record is stored, after half a dozen of backoffs. */
const batch = 100

/** Of the requests that publish, 30 % are refused; of the records of the others, 30 % are, while later ones are stored. */
export const throttledPuts: Scenario = async (world) => {
  const { detour } = world.server
  if (detour === undefined) throw new Error('the server is not ours, so that nothing of it can be refused')
  const [ledger, source] = [new Ledger(), await world.source('throttled-puts')]
  await using proxy = await startAwsProxy(detour, { random: seeded(3) })
  const error = 'ProvisionedThroughputExceededException'
  const whole = proxy.fail({ operation: 'PutRecords', error, rate: 0.3 })
  const partial = proxy.fail({ records: 0.3 })
  const sender = await world.open({ query: { endpoint: `http://${proxy.address}` } })
  readInto(ledger, await world.open(), source)
  await publishAll(sender, source.topic, ledger, { ...loadOf(world.events), batch })
  await waitFor(() => ledger.isComplete)
  if (whole.hits === 0 || partial.hits === 0) throw new Error('no request was refused')
  return ledger.tally()
}
