import { createDecipheriv } from 'node:crypto'
import { createRequire } from 'node:module'
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis'
import { expect, it } from '@jest/globals'
import { startServer } from '../../dev/index.ts'
import { describeWith } from './available.ts'
import { createStream, kinesisAt } from './aws.ts'

interface Secrets {
  readonly ITERATOR_PWD_KEY: Buffer
  readonly ITERATOR_PWD_IV: Buffer
  parseSequence(sequence: string): { readonly seqTime: number }
}

const secrets: Secrets = createRequire(import.meta.url)('kinesalite/db')

/** When, by its own account, an iterator of kinesalite reads on. */
function timeOf(iterator: string): number {
  const bytes = Buffer.from(iterator, 'base64')
  const decipher = createDecipheriv('aes-256-cbc', secrets.ITERATOR_PWD_KEY, secrets.ITERATOR_PWD_IV)
  const text = Buffer.concat([decipher.update(bytes.subarray(8)), decipher.final()]).toString()
  return secrets.parseSequence(text.split('/')[3] ?? '').seqTime
}

await describeWith('kinesalite', 'kinesalite as it is started here', () => {
  it('reads on from before a put that may be under way, where it found nothing', async () => {
    const server = await startServer('kinesalite')
    const client = kinesisAt(server.address)
    try {
      await createStream(client, 'a')
      let { ShardIterator: iterator } = await client.send(
        new GetShardIteratorCommand({
          StreamName: 'a',
          ShardId: 'shardId-000000000000',
          ShardIteratorType: 'LATEST',
        }),
      )
      const end = Date.now() + 2_100
      const began = timeOf(iterator ?? '')
      const times: number[] = []
      while (Date.now() < end) {
        const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }))
        iterator = answer.NextShardIterator
        times.push(timeOf(iterator ?? '') - Math.max(began, Math.floor(Date.now() / 1_000 - 1) * 1_000))
      }
      expect(Math.max(...times)).toBeLessThanOrEqual(0)
    } finally {
      client.destroy()
      await server.stop()
    }
  })
})
