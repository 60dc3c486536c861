import { crc32 } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { createClient, installed } from '../../adapters/kinesis/client.ts'
import { FanOutFeed } from '../../adapters/kinesis/fan-out.ts'
import { settingsOf } from '../../adapters/kinesis/options.ts'
import { type Refusal, refusal, startScript } from './script.ts'

const sequenceOf = (n: number) =>
  `49680433155647095050380766573935801541637586640424665${String(n).padStart(3, '0')}`

/** One message of the event stream encoding: lengths, headers, payload, and the CRC-32 of each part. */
function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(Buffer.byteLength(value))
      return Buffer.concat([
        Buffer.of(name.length),
        Buffer.from(name),
        Buffer.of(7),
        length,
        Buffer.from(value),
      ])
    }),
  )
  const body = Buffer.from(payload)
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + head.length + body.length, 0)
  prelude.writeUInt32BE(head.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const whole = Buffer.concat([prelude, head, body])
  const end = Buffer.alloc(4)
  end.writeUInt32BE(crc32(whole))
  return Buffer.concat([whole, end])
}

function event(kind: string, payload: object): Buffer {
  const headers = {
    ':message-type': 'event',
    ':event-type': kind,
    ':content-type': 'application/x-amz-json-1.1',
  }
  return frame(headers, JSON.stringify(payload))
}

function records(numbers: readonly number[], more: object = {}): Buffer {
  return event('SubscribeToShardEvent', {
    MillisBehindLatest: 7,
    Records: numbers.map((n) => ({
      Data: Buffer.from(String(n)).toString('base64'),
      PartitionKey: 'k',
      SequenceNumber: sequenceOf(n),
    })),
    ContinuationSequenceNumber: sequenceOf(numbers.at(-1) ?? 0),
    ...more,
  })
}

/** What the service answers to one subscription after the other, as its documentation tells it. */
async function readScript(answers: readonly (Buffer | Refusal)[]) {
  const asked: unknown[] = []
  await using server = await startScript(({ StartingPosition }) => {
    const answer = answers[asked.push(StartingPosition) - 1]
    if (answer === undefined) return refusal('ResourceNotFoundException', 'no more')
    return Buffer.isBuffer(answer) ? Buffer.concat([event('initial-response', {}), answer]) : answer
  })
  process.env.AWS_ACCESS_KEY_ID ??= 'local'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'local'
  const settings = settingsOf({ region: 'us-east-1', endpoint: server.url, leases: 'memory' })
  const client = await createClient(settings, installed)
  const from = { kind: 'at', sequence: sequenceOf(1), sub: 0 } as const
  const feed = new FanOutFeed(
    { client, topic: 'orders', shard: 'shardId-0', from, logger: undefined },
    'arn:consumer',
  )
  const numbers: string[] = []
  try {
    for (;;) {
      const read = await feed.next()
      for (const { SequenceNumber = '' } of read?.records ?? []) numbers.push(SequenceNumber)
      if (read === undefined || read.isEnd) return { asked, numbers }
    }
  } finally {
    feed.close()
    client.close()
  }
}

describe('a feed by fan-out', () => {
  it('goes on after each subscription where it ended, and ends with the shard', async () => {
    const child = { ShardId: 'shardId-1', ParentShards: ['shardId-0'] }
    const { asked, numbers } = await readScript([
      Buffer.concat([records([1, 2]), records([], { ContinuationSequenceNumber: sequenceOf(4) })]),
      refusal('ResourceInUseException', 'another subscription lasts'),
      records([5]),
      records([5, 6], { ContinuationSequenceNumber: undefined, ChildShards: [child] }),
    ])
    expect(numbers).toEqual([1, 2, 5, 6].map(sequenceOf))
    const behind = (n: number) => ({ Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequenceOf(n) })
    expect(asked).toEqual([
      { Type: 'AT_SEQUENCE_NUMBER', SequenceNumber: sequenceOf(1) },
      behind(4),
      behind(4),
      behind(5),
    ])
  }, 15_000)

  it('says what is missing when the stream is gone', async () => {
    await expect(readScript([records([1])])).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      message: expect.stringContaining('"orders" does not exist'),
    })
  })
})
