import type { _Record as ClientRecord } from '@aws-sdk/client-kinesis'
import type { Delivery } from '../core/driver.ts'
import type { Message } from '../core/message.ts'
import type { Logger } from '../core/observe.ts'
import { deaggregate, isAggregated, type UserRecord } from './aggregation.ts'
import type { Read } from './feed.ts'
import { checkpointOf, type Position } from './position.ts'
import { sequenceNumberOf } from './record.ts'

/** What `delivery.native` is. */
export interface NativeRecord {
  /** As the AWS SDK gives it; one that the Kinesis Producer Library aggregated is that of many deliveries. */
  readonly record: ClientRecord
  /** How far the end of the shard was away when it was read (`MillisBehindLatest`). */
  readonly millisBehindLatest: number | undefined
}

export interface DeliveriesOptions {
  readonly topic: string
  readonly shard: string
  /** Where reading began: of the aggregated record that it names, what comes before is settled. */
  readonly from: Position
  readonly signal: AbortSignal
  readonly logger: Logger | undefined
}

/** A record, whose messages are handed over one by one. */
interface Opened {
  readonly native: NativeRecord
  readonly sequence: string
  readonly time: number | undefined
  /** None where the record is a message itself. */
  readonly userRecords: readonly UserRecord[] | undefined
  readonly count: number
}

const noHeaders: Message['headers'] = Object.freeze({})
const noData = new Uint8Array()

/**
 * The messages of a read as deliveries, in order. Made when their turn comes, and with nothing between record and delivery:
 * what lives for as long as a read of 10 000 records costs the garbage collector dearly.
 */
export class Deliveries {
  readonly #read: Read
  readonly #options: DeliveriesOptions
  /** Handed over, or about to be, and not settled. */
  #open: Delivery[] = []
  /** For each that is open the place, in its record, of the message behind it; 0 behind the last. */
  #behind: number[] = []
  #nextRecord = 0
  #opened: Opened | undefined
  #nextSub = 0
  #hasWarned = false

  constructor(read: Read, options: DeliveriesOptions) {
    this.#read = read
    this.#options = options
  }

  /** The first that are not settled, `count` at most; none where all of the read is. */
  first(count: number): readonly Delivery[] {
    while (this.#open.length < count && this.#makeNext()) {}
    return this.#open.length > count ? this.#open.slice(0, count) : this.#open
  }

  /**
   * Takes away the first `count`, which are settled. Returns the checkpoint behind them: it passes an aggregated record when
   * all of it is settled, and until then says from which of its messages on.
   */
  settle(count: number): string | undefined {
    const last = this.#open[count - 1]
    if (last === undefined) return undefined
    const sub = this.#behind[count - 1] ?? 0
    const sequence = sequenceNumberOf(last.position ?? '')
    this.#open = this.#open.slice(count)
    this.#behind = this.#behind.slice(count)
    return checkpointOf(sub === 0 ? { kind: 'after', sequence } : { kind: 'at', sequence, sub })
  }

  /** False where there are no more. */
  #makeNext(): boolean {
    while (this.#opened === undefined || this.#nextSub >= this.#opened.count) {
      const record = this.#read.records[this.#nextRecord++]
      if (record === undefined) return false
      this.#openRecord(record)
    }
    const { topic, shard: lane, signal } = this.#options
    const { native, sequence, time, userRecords, count } = this.#opened
    const sub = this.#nextSub++
    const userRecord = userRecords?.[sub]
    const { Data: body = noData, PartitionKey } = native.record
    const [message, position]: [Message, string] =
      userRecord === undefined
        ? [{ body, headers: noHeaders, key: PartitionKey }, sequence]
        : [{ body: userRecord.data, headers: noHeaders, key: userRecord.partitionKey }, `${sequence}#${sub}`]
    this.#open.push({ message, topic, attempt: 1, lane, position, time, signal, native })
    this.#behind.push(sub + 1 < count ? sub + 1 : 0)
    return true
  }

  #openRecord(record: ClientRecord): void {
    const { Data = noData, SequenceNumber: sequence = '', ApproximateArrivalTimestamp } = record
    const { from } = this.#options
    const userRecords = deaggregate(Data)
    if (userRecords === undefined && isAggregated(Data)) this.#warn(sequence)
    this.#opened = {
      native: { record, millisBehindLatest: this.#read.behindMs },
      sequence,
      time: ApproximateArrivalTimestamp?.getTime(),
      userRecords,
      count: userRecords?.length ?? 1,
    }
    this.#nextSub = from.kind === 'at' && from.sequence === sequence ? from.sub : 0
  }

  /** Of the first of a read: a producer that damages one damages many. */
  #warn(position: string): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const { topic, shard, logger } = this.#options
    logger?.warn(
      { topic, shard, position },
      '[kinesis] a record begins as aggregated records do, but its checksum or its fields are wrong: it is delivered as data; look at its producer',
    )
  }
}
