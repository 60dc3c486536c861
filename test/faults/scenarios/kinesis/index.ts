import type { Scenario } from '../../scenario.ts'
import { consumerPaused } from './consumer-paused.ts'
import { iteratorsExpired } from './iterators-expired.ts'
import { leasesFail } from './leases-fail.ts'
import { shardSplit, shardsDoubled, shardsMerged } from './resharding.ts'
import { stolenAtOnce } from './stolen-at-once.ts'
import { throttledPuts } from './throttled-puts.ts'

/** What may go wrong with Kinesis alone. */
export const kinesisScenarios: Readonly<Record<string, Scenario>> = {
  'throttled-puts': throttledPuts,
  'iterators-expired': iteratorsExpired,
  'leases-fail': leasesFail,
  'consumer-paused': consumerPaused,
  'stolen-at-once': stolenAtOnce,
  'shard-split': shardSplit,
  'shards-merged': shardsMerged,
  'shards-doubled': shardsDoubled,
}
