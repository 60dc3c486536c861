import type { Admin } from 'kafkajs'
import type { StartPosition } from '../core/driver.ts'
import { problem } from './problem.ts'

export interface PartitionOffset {
  readonly partition: number
  readonly offset: string
}

/** Where a start position is in each partition of a topic; a position is in one of them only. */
export async function offsetsAt(
  admin: Admin,
  topic: string,
  to: StartPosition,
): Promise<readonly PartitionOffset[]> {
  if (typeof to === 'object' && 'time' in to) {
    const time = Math.max(0, Math.ceil(to.time))
    return admin.fetchTopicOffsetsByTimestamp(topic, time)
  }
  const offsets = await admin.fetchTopicOffsets(topic)
  if (to === 'earliest') return offsets.map(({ partition, low }) => ({ partition, offset: low }))
  if (to === 'latest') return offsets.map(({ partition, high }) => ({ partition, offset: high }))
  if (!/^\d{1,19}$/.test(to.position))
    throw problem('ERR_CONFIG', `"${to.position}" is not a position: use one that a delivery had`)
  const partitions = offsets.map(({ partition }) => partition)
  return [{ partition: partitionOf(topic, to.lane, partitions), offset: to.position }]
}

function partitionOf(topic: string, lane: string | undefined, partitions: readonly number[]): number {
  const [only] = partitions
  if (lane === undefined && partitions.length === 1 && only !== undefined) return only
  const found = partitions.find((partition) => String(partition) === lane)
  if (found !== undefined) return found
  const given = lane === undefined ? 'a position needs its lane' : `there is no lane "${lane}"`
  throw problem(
    'ERR_CONFIG',
    `"${topic}" has ${partitions.length} partitions, and ${given}: use that of the delivery`,
  )
}

/** What a group has committed, by partition; nothing for partitions without a position. */
export async function committedOffsets(
  admin: Admin,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, string>> {
  const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
  const placed = (found?.partitions ?? []).filter(({ offset }) => !offset.startsWith('-'))
  return new Map(placed.map(({ partition, offset }) => [partition, offset]))
}
