import { createHash } from 'node:crypto'
import { Kinesis, type PutRecordsRequestEntry, type _Record as StoredRecord } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { CloudEvent } from '../../adapters/index.ts'
import type { Side } from '../brokers/paired.ts'
import { counted } from '../brokers/rounds.ts'

/** Events as somebody writes and reads them who uses AWS's client alone, knows every attribute there will be, and checks none. */

/** Records of one read. */
export const limit = 1_000

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
    let ahead = client.getRecords({ ShardIterator, Limit: limit })
    while (!isClosed) {
      const { Records = [], NextShardIterator } = await ahead
      ahead = client.getRecords({ ShardIterator: NextShardIterator, Limit: limit })
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

/** Reads a filled stream: from the first record to the last. */
export function readingByHand(
  client: Kinesis,
  topic: string,
  count: number,
  onData: (data: Uint8Array) => void,
): Side {
  return () =>
    counted(count, (seen, fail) =>
      consume(client, topic, ({ Data = new Uint8Array() }) => {
        seen()
        try {
          onData(Data)
        } catch (error) {
          fail(error)
        }
      }),
    )
}

/** The user records of an aggregated record of one key, by one pass over its bytes. */
export function unpack(data: Uint8Array): readonly Uint8Array[] {
  const end = data.length - 16
  const digest = createHash('md5').update(data.subarray(4, end)).digest()
  if (digest.compare(data, end) !== 0) throw new Error('[bench] a record has another digest')
  const records: Uint8Array[] = []
  let at = 4
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = data[at++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < end) {
    const tag = data[at++]
    const length = varint()
    if (tag !== 0x1a) {
      at += length
      continue
    }
    // The index of the key, and the data.
    at += 3
    const size = varint()
    records.push(data.subarray(at, at + size))
    at += size
  }
  return records
}
