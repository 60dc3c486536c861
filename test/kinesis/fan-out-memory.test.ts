import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'

/** Reads 300 events of 100 kB, of which nobody keeps any; prints the bytes that are held then. */
const script = `
  import { FanOutFeed } from './adapters/kinesis/fan-out.ts'
  async function* events() {
    for (let n = 1; ; n++) {
      await new Promise(setImmediate)
      const SequenceNumber = String(n).padStart(56, '1')
      const Records = [{ SequenceNumber, PartitionKey: 'k', Data: Buffer.alloc(100_000) }]
      yield { SubscribeToShardEvent: { Records, ContinuationSequenceNumber: SequenceNumber, MillisBehindLatest: 0 } }
    }
  }
  const streaming = { destroy() {}, subscribeToShard: async () => ({ EventStream: events() }) }
  const client = { settings: {}, createStreaming: () => streaming }
  const feed = new FanOutFeed({ client, topic: 't', shard: 's', from: { kind: 'earliest' }, logger: undefined }, 'arn')
  for (let i = 0; i < 300; i++) await feed.next()
  for (let i = 0; i < 3; i++) { await new Promise((resolve) => setTimeout(resolve, 5)); gc() }
  console.log(process.memoryUsage().arrayBuffers)
  feed.close()
`

it('what was read of a shard is kept no longer than until it is read on', async () => {
  const flags = ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 60_000 })
  expect(Number(stdout)).toBeLessThan(5_000_000)
}, 60_000)
