import type { PartitionMetadata } from 'kafkajs'
import type { Message } from '../core/message.ts'
import type { KafkaModule } from './client.ts'
import { recordOf, type SentRecord } from './message.ts'

/** A record with its partition fixed, so that sending it again cannot move it, and where it stood in the call. */
export interface Placed {
  readonly index: number
  readonly record: SentRecord & { readonly partition: number }
}

/** The records of one partition, in order. */
export type Parts = ReadonlyMap<number, readonly Placed[]>

export type Place = (
  topic: string,
  messages: readonly Message[],
  partitions: readonly PartitionMetadata[],
) => Placed[]

/** Messages without a key that go to one partition before the next one has its turn: fuller batches are cheaper. */
const leastRun = 32

/**
 * Chooses partitions: a key has the partition that Java's default partitioner gives it (murmur2); messages without one go
 * in runs to one partition with a leader after the other.
 */
export function partitioner({ Partitioners }: KafkaModule): Place {
  const ofKey = Partitioners.DefaultPartitioner()
  let turn = 0
  return (topic, messages, partitions) => {
    const partitionMetadata = [...partitions]
    const open = partitions.filter(({ leader }) => leader >= 0).map(({ partitionId }) => partitionId)
    const run = Math.max(leastRun, Math.ceil(messages.length / Math.max(1, open.length)))
    let left = 0
    let partition = 0
    return messages.map((message, index) => {
      const record = recordOf(message)
      const { key, value, headers } = record
      if (key !== null) {
        const keyed = ofKey({ topic, partitionMetadata, message: record })
        return { index, record: { key, value, headers, partition: keyed } }
      }
      if (left-- === 0) {
        partition = open[turn++ % Math.max(1, open.length)] ?? 0
        left = run - 1
      }
      return { index, record: { key, value, headers, partition } }
    })
  }
}

export function partsOf(placed: readonly Placed[]): Parts {
  const parts = new Map<number, Placed[]>()
  for (const each of placed) {
    const part = parts.get(each.record.partition)
    if (part === undefined) parts.set(each.record.partition, [each])
    else part.push(each)
  }
  return parts
}
