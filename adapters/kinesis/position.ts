import type { GetShardIteratorInput, StartingPosition } from '@aws-sdk/client-kinesis'

/** A place in a shard from where to read. */
export type Position =
  | { readonly kind: 'earliest' }
  /** What comes after the moment `time` in milliseconds; `iterator` is exact, and holds for five minutes. */
  | { readonly kind: 'latest'; readonly time: number; readonly iterator: string | undefined }
  | { readonly kind: 'time'; readonly time: number }
  /** The record itself; of an aggregated one, its messages from `sub` on. */
  | { readonly kind: 'at'; readonly sequence: string; readonly sub: number }
  | { readonly kind: 'after'; readonly sequence: string }

/** The checkpoint of a shard that was closed, and of which everything is settled. */
export const shardEnd = 'SHARD_END'

/** A position as a checkpoint is written; sequence numbers stay texts, since they have 56 digits. */
export function checkpointOf(position: Position): string {
  switch (position.kind) {
    case 'earliest':
      return 'TRIM_HORIZON'
    case 'latest':
      return `LATEST:${position.time}:${position.iterator ?? ''}`
    case 'time':
      return `AT_TIMESTAMP:${position.time}`
    case 'at':
      return `AT_SEQUENCE_NUMBER:${position.sequence}#${position.sub}`
    case 'after':
      return `AFTER_SEQUENCE_NUMBER:${position.sequence}`
  }
}

/** The position of a checkpoint; the beginning where it is not readable, since nothing is lost there. */
export function positionOf(checkpoint: string | undefined): Position {
  const [, kind, rest = ''] = /^([A-Z_]+):(.*)$/s.exec(checkpoint ?? '') ?? []
  const [, first = '', second = ''] = /^(\d+)(?:[:#](.*))?$/s.exec(rest) ?? []
  if (first === '') return { kind: 'earliest' }
  if (kind === 'LATEST')
    return { kind: 'latest', time: Number(first), iterator: second === '' ? undefined : second }
  if (kind === 'AT_TIMESTAMP') return { kind: 'time', time: Number(first) }
  if (kind === 'AT_SEQUENCE_NUMBER') return { kind: 'at', sequence: first, sub: Number(second || 0) }
  if (kind === 'AFTER_SEQUENCE_NUMBER') return { kind: 'after', sequence: first }
  return { kind: 'earliest' }
}

type IteratorRequest = Pick<
  GetShardIteratorInput,
  'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'
>

/** What `GetShardIterator` is asked for. */
export function iteratorRequest(position: Position): IteratorRequest {
  switch (position.kind) {
    case 'earliest':
      return { ShardIteratorType: 'TRIM_HORIZON' }
    case 'at':
      return { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: position.sequence }
    case 'after':
      return { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: position.sequence }
    default:
      return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: momentOf(position.time) }
  }
}

/** What `SubscribeToShard` is asked for. */
export function startingPosition(position: Position): StartingPosition {
  const { ShardIteratorType, StartingSequenceNumber, Timestamp } = iteratorRequest(position)
  return {
    Type: ShardIteratorType,
    ...(StartingSequenceNumber === undefined ? {} : { SequenceNumber: StartingSequenceNumber }),
    ...(Timestamp === undefined ? {} : { Timestamp }),
  }
}

/** Whether a position is a moment, which is refused as long as it is to come by the clock of the service. */
export function isEarly({ kind }: Position): boolean {
  return kind === 'time' || kind === 'latest'
}

/** The service refuses moments that are still to come. */
function momentOf(time: number): Date {
  return new Date(Math.max(0, Math.min(Math.ceil(time), Date.now())))
}

/** Below 0 where `a` comes before `b`. Numbers without leading zeros: the longer is the larger. */
export function compareSequences(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
