import { startAwsProxy } from '../../../../dev/index.ts'
import { seeded } from '../../../conformance/cases/failing.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'

const forMs = 3_000

/**
 * Of what two workers write to and read from the lease table, 30 % is throttled and 10 % is done without their hearing of it;
 * then the table's server is killed and restarted.
 */
export const leasesFail: Scenario = async (world) => {
  const { beside } = world
  if (beside?.detour === undefined) throw new Error('the server is not ours, so that nothing of it can fail')
  const { events } = world
  const [ledger, source] = [new Ledger(), await world.source('leases-fail')]
  await using proxy = await startAwsProxy(beside.detour, { random: seeded(7) })
  const throttled = proxy.fail({ error: 'ProvisionedThroughputExceededException', rate: 0.3 })
  const unheard = proxy.fail({ reset: 'after', rate: 0.1 })
  const query = { leaseEndpoint: `http://${proxy.address}` }
  for (let reader = 0; reader < 2; reader++) readInto(ledger, await world.open({ query }), source)
  const publishing = publishAll(await world.open(), source.topic, ledger, { ...loadOf(events), forMs })
  await waitFor(() => ledger.sentCount >= events / 2)
  await beside.kill()
  await beside.restart()
  await publishing
  await waitFor(() => ledger.isComplete)
  if (throttled.hits === 0 || unheard.hits === 0) throw new Error('the lease table never failed')
  return ledger.tally()
}
