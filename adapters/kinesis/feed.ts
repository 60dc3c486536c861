import type { _Record as ClientRecord } from '@aws-sdk/client-kinesis'

/** Records of a shard, in order, each once. */
export interface Read {
  readonly records: readonly ClientRecord[]
  /** How far the end of the shard is away, in milliseconds, as the service tells it (`MillisBehindLatest`). */
  readonly behindMs: number | undefined
  /** The shard is closed, and this was the last of it. */
  readonly isEnd: boolean
}

/** The way to the records of one shard. */
export interface Feed {
  /**
   * Waits for an answer, which may hold no records: whoever has others to handle should not have it ask again meanwhile.
   * Resolves with `undefined` once the feed is closed. Goes on by itself after what passes; rejects with what does not.
   */
  next(): Promise<Read | undefined>
  close(): void
}
