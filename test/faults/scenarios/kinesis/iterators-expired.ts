import { startAwsProxy } from '../../../../dev/index.ts'
import { seeded } from '../../../conformance/cases/failing.ts'
import { Ledger } from '../../ledger.ts'
import { loadOf, readInto } from '../../load.ts'
import { publishAll } from '../../publishers.ts'
import type { Scenario } from '../../scenario.ts'
import { waitFor } from '../../until.ts'

/** Of the requests that read, 30 % meet an iterator that has expired; others are throttled, fail, or have their answer cut off. */
export const iteratorsExpired: Scenario = async (world) => {
  const { detour } = world.server
  if (detour === undefined) throw new Error('the server is not ours, so that no iterator of it expires')
  const [ledger, source] = [new Ledger(), await world.source('iterators-expired')]
  await using proxy = await startAwsProxy(detour, { random: seeded(5) })
  const operation = 'GetRecords'
  const expired = proxy.fail({ operation, error: 'ExpiredIteratorException', rate: 0.3 })
  proxy.fail({ operation, error: 'ProvisionedThroughputExceededException', rate: 0.05 })
  proxy.fail({ operation, reset: 'after', rate: 0.05 })
  proxy.fail({ operation: 'GetShardIterator', error: 'InternalFailure', rate: 0.05 })
  readInto(ledger, await world.open({ query: { endpoint: `http://${proxy.address}` } }), source)
  await publishAll(await world.open(), source.topic, ledger, loadOf(world.events))
  await waitFor(() => ledger.isComplete)
  if (expired.hits === 0) throw new Error('no iterator expired')
  return ledger.tally()
}
