import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis'
import { type Message, utf8Length } from '../core/message.ts'
import { aggregate, aggregateBytes, userRecordBytes } from './aggregate.ts'
import { isAggregated } from './aggregation.ts'

/** What goes into one record of Kinesis: a message, or several of one key. */
export interface Unit {
  readonly key: string
  /** Where its messages stood in the call, in order. */
  readonly indexes: readonly number[]
  /** Bytes of data and key. */
  readonly size: number
  readonly record: PutRecordsRequestEntry
}

interface Draft {
  readonly key: string
  readonly indexes: number[]
  readonly data: Uint8Array[]
  /** Of the record, if its messages are aggregated. */
  bytes: number
}

/**
 * Puts messages into records, in the order of the first of each; with `aggregates`, those of one key that fit together into
 * one. A message without a key goes to any shard.
 */
export function unitsOf(
  messages: readonly { readonly index: number; readonly message: Message }[],
  { aggregates, maxBytes }: { readonly aggregates: boolean; readonly maxBytes: number },
): Unit[] {
  const drafts: Draft[] = []
  const last = new Map<string, Draft>()
  for (const { index, message } of messages) {
    const { body, key: given } = message
    const key = given === undefined || given === '' ? crypto.randomUUID() : given
    const data = body ?? new Uint8Array()
    // One in another would not be unpacked.
    const isPlain = aggregates && !isAggregated(data)
    const before = isPlain ? last.get(key) : undefined
    const added = userRecordBytes(data.length)
    if (before !== undefined && before.bytes + added <= maxBytes) {
      before.indexes.push(index)
      before.data.push(data)
      before.bytes += added
      continue
    }
    // The key stands in the aggregated data and beside them.
    const draft = {
      key,
      indexes: [index],
      data: [data],
      bytes: aggregateBytes(2 * utf8Length(key)) + added,
    }
    drafts.push(draft)
    if (isPlain) last.set(key, draft)
    else last.delete(key)
  }
  return drafts.map(unitOf)
}

function unitOf({ key, indexes, data }: Draft): Unit {
  const [first = new Uint8Array()] = data
  const Data = data.length === 1 ? first : aggregate(key, data)
  return { key, indexes, size: Data.length + utf8Length(key), record: { Data, PartitionKey: key } }
}
