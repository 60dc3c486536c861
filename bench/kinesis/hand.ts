import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Kinesis, type PutRecordsRequestEntry, type _Record as StoredRecord } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { CloudEvent } from '../../adapters/index.ts'
import type { Side } from '../brokers/paired.ts'
import { counted } from '../brokers/rounds.ts'

/** Events as somebody writes and reads them who uses AWS's client alone, knows every attribute there will be, and checks none. */

/** Records of one read. */
export const limit = 1_000
/**
 * Between two reads of a shard, in milliseconds: without a pause, reads that find nothing keep a local server from those
 * that find something. The service allows five a second.
 */
export const pollMs = 10

/** Connections are kept, as ours are; the service's own HTTP/2 no local server speaks without TLS. */
export function clientOf(address: string): Kinesis {
  const requestHandler = new NodeHttpHandler({ httpAgent: { keepAlive: true, maxSockets: 500 } })
  return new Kinesis({ region: 'us-east-1', endpoint: `http://${address}`, requestHandler })
}

export function recordOf(event: CloudEvent): PutRecordsRequestEntry {
  return { Data: Buffer.from(JSON.stringify(event)), PartitionKey: event.subject }
}

/** Sends a batch; what was refused is sent again. */
export async function putAll(client: Kinesis, topic: string, events: readonly CloudEvent[]): Promise<void> {
  let open = events.map(recordOf)
  while (open.length > 0) {
    const { Records = [] } = await client.putRecords({ StreamName: topic, Records: open })
    open = open.filter((_, index) => Records[index]?.ErrorCode !== undefined)
  }
}

export function readEvent(data: Uint8Array): CloudEvent {
  const { buffer, byteOffset, byteLength } = data
  return JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString())
}

/** Reads every shard from its beginning; asks for what comes next before it looks at what has come. */
export async function consume(
  client: Kinesis,
  topic: string,
  Limit: number,
  onRecord: (record: StoredRecord) => void,
): Promise<{ close(): Promise<void> }> {
  const { Shards = [] } = await client.listShards({ StreamName: topic })
  let isClosed = false
  const checkpoints = new Map<string, string | undefined>()

  async function read(shard: string): Promise<void> {
    const { ShardIterator } = await client.getShardIterator({
      StreamName: topic,
      ShardId: shard,
      ShardIteratorType: 'TRIM_HORIZON',
    })
    let askedAt = performance.now()
    let ahead = client.getRecords({ ShardIterator, Limit })
    while (!isClosed) {
      const { Records = [], NextShardIterator } = await ahead
      ahead = waiting(askedAt + pollMs - performance.now()).then(() => {
        askedAt = performance.now()
        return client.getRecords({ ShardIterator: NextShardIterator, Limit })
      })
      for (const record of Records) onRecord(record)
      if (Records.length > 0) checkpoints.set(shard, Records.at(-1)?.SequenceNumber)
    }
    await ahead
  }

  const readings = Promise.all(Shards.map(({ ShardId = '' }) => read(ShardId)))
  return {
    async close() {
      isClosed = true
      await readings
    },
  }
}

async function waiting(ms: number): Promise<void> {
  if (ms > 0) await setTimeout(ms)
}

/** Reads a filled stream: from the first record to the last. */
export function readingByHand(
  client: Kinesis,
  topic: string,
  count: number,
  onData: (data: Uint8Array) => void,
): Side {
  return () =>
    counted(count, (seen, fail) =>
      consume(client, topic, limit, ({ Data = new Uint8Array() }) => {
        seen()
        try {
          onData(Data)
        } catch (error) {
          fail(error)
        }
      }),
    )
}

/** What an application put. */
export interface UserRecord {
  readonly data: Uint8Array
  readonly key: string | undefined
}

const magic = [0xf3, 0x89, 0x9a, 0xc2]

/**
 * The user records of a record, in order, by one pass over its bytes; a record without the magic bytes is one itself. Checks
 * the digest, that each field ends inside its message, and that each record has data and a key. It knows what most producers
 * write and no more: keys before records, neither hash keys nor tags.
 */
export function unpack({ Data = new Uint8Array(), PartitionKey }: StoredRecord): readonly UserRecord[] {
  if (!magic.every((byte, index) => Data[index] === byte)) return [{ data: Data, key: PartitionKey }]
  const end = Data.length - 16
  const digest = createHash('md5').update(Data.subarray(4, end)).digest()
  if (digest.compare(Data, end) !== 0) throw new Error('[bench] a record has another digest')
  const keys: string[] = []
  const records: UserRecord[] = []
  let at = 4
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = Data[at++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const fieldEnd = (limit: number) => {
    const length = varint()
    if (at + length > limit) throw new Error('[bench] a field of a record is too long')
    return at + length
  }
  const userRecord = (to: number): UserRecord => {
    let key: string | undefined
    let data: Uint8Array | undefined
    while (at < to) {
      const tag = Data[at++]
      if (tag === 0x08) key = keys[varint()]
      else if (tag === 0x1a) {
        const dataEnd = fieldEnd(to)
        data = Data.subarray(at, dataEnd)
        at = dataEnd
      } else throw new Error('[bench] a record has a field that nobody knows')
    }
    if (key === undefined || data === undefined) throw new Error('[bench] a record lacks its key or its data')
    return { key, data }
  }
  while (at < end) {
    const tag = Data[at++]
    const to = fieldEnd(end)
    if (tag === 0x0a) keys.push(Buffer.from(Data.subarray(at, to)).toString())
    else if (tag === 0x1a) records.push(userRecord(to))
    else throw new Error('[bench] a record has a field that nobody knows')
    at = to
  }
  return records
}
