import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  ListStreamsCommand,
  PutRecordCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis'
import { PubSub } from '@google-cloud/pubsub'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type LocalServer, startProxy, startServer, whyUnavailable } from '../../dev/index.ts'
import { until } from '../../dev/until.ts'
import { rejectionOf } from '../core/events.ts'
import { eventually } from '../eventually.ts'
import { describeWith } from './available.ts'
import { createStream, dynamodbAt, kinesisAt } from './aws.ts'

const neverAborted = new AbortController().signal
const base64 = (text: string) => Buffer.from(text).toString('base64')

async function put(client: KinesisClient, text: string): Promise<void> {
  await client.send(new PutRecordCommand({ StreamName: 'a', PartitionKey: 'k', Data: Buffer.from(text) }))
}

async function read(client: KinesisClient): Promise<readonly string[]> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: 'a',
      ShardId: 'shardId-000000000000',
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  )
  const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }))
  return Records.map(({ Data = Buffer.alloc(0) }) => Buffer.from(Data).toString())
}

for (const kind of ['kinesis', 'kinesalite'] as const) {
  await describeWith(kind, `a local ${kind} server`, () => {
    let server: LocalServer
    let client: KinesisClient
    beforeAll(async () => {
      server = await startServer(kind)
      client = kinesisAt(server.address)
      await createStream(client, 'a')
    }, 60_000)
    afterAll(async () => {
      client.destroy()
      await server.stop()
    })

    it('is named by a URL with its endpoint, and by the variables of AWS clients', () => {
      expect(server.urls).toEqual([`kinesis://us-east-1?endpoint=http://${server.address}`])
      expect(server.variables).toEqual({
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL_KINESIS: `http://${server.address}`,
      })
    })

    it('has what was put after a kill', async () => {
      await put(client, 'x')
      // kinesis-local writes a snapshot five times a second; kinesalite writes before it answers.
      const snapshot = join(server.folder ?? '', 'data', 'kinesis-data.json')
      const isWritten = () => existsSync(snapshot) && readFileSync(snapshot, 'utf8').includes(base64('x'))
      if (kind === 'kinesis') await eventually('the snapshot is written', isWritten)
      await server.kill()
      await server.restart()
      expect(await read(client)).toEqual(['x'])
    }, 60_000)

    it('paused answers nobody, and goes on when it is resumed', async () => {
      server.pause()
      const list = new ListStreamsCommand({})
      const abortSignal = AbortSignal.timeout(200)
      expect(await rejectionOf(client.send(list, { abortSignal }))).toMatchObject({ name: 'AbortError' })
      server.resume()
      expect((await client.send(list)).StreamNames).toEqual(['a'])
    })

    if (kind === 'kinesis')
      it('changes the number of shards', async () => {
        await client.send(
          new UpdateShardCountCommand({
            StreamName: 'a',
            TargetShardCount: 2,
            ScalingType: 'UNIFORM_SCALING',
          }),
        )
        await until(
          async () => {
            const { Shards } = await client.send(new ListShardsCommand({ StreamName: 'a' }))
            expect(Shards).toHaveLength(3)
          },
          { deadlineMs: 5_000, signal: neverAborted },
        )
      })
  })
}

await describeWith('dynamodb', 'a local DynamoDB server', () => {
  let server: LocalServer
  beforeAll(async () => {
    server = await startServer('dynamodb')
  }, 60_000)
  afterAll(() => server.stop())

  it('has what was put after a kill, and refuses what its condition forbids', async () => {
    const client = dynamodbAt(server.address)
    const TableName = 'leases'
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    const lease = new PutItemCommand({
      TableName,
      Item: { id: { S: 'shard' }, owner: { S: 'me' } },
      ConditionExpression: 'attribute_not_exists(id)',
    })
    // The table is being created for a moment.
    await until(async () => void (await client.send(lease)), { deadlineMs: 5_000, signal: neverAborted })
    await server.kill()
    await server.restart()
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: 'shard' } } }))
    expect(Item?.owner).toEqual({ S: 'me' })
    expect(await rejectionOf(client.send(lease))).toBeInstanceOf(ConditionalCheckFailedException)
    client.destroy()
  }, 60_000)
})

await describeWith('pubsub', 'a local Pub/Sub server', () => {
  let server: LocalServer
  let client: PubSub
  beforeAll(async () => {
    server = await startServer('pubsub')
    Object.assign(process.env, { METADATA_SERVER_DETECTION: server.variables.METADATA_SERVER_DETECTION })
    client = new PubSub({ apiEndpoint: server.address, emulatorMode: true, projectId: 'local' })
  }, 90_000)
  afterAll(async () => {
    await client.close()
    await server.stop()
  })

  it('delivers what is published', async () => {
    const [topic] = await client.createTopic('orders')
    const [subscription] = await topic.createSubscription('billing')
    const received: string[] = []
    subscription.on('message', (message) => {
      received.push(message.data.toString())
      message.ack()
    })
    await topic.publishMessage({ data: Buffer.from('x') })
    await eventually('it is received', () => received.includes('x'), 20_000)
    await subscription.close()
  }, 60_000)

  it('is published to late through a proxy that was silent, then cut', async () => {
    await using proxy = await startProxy(server.detour ?? { to: 0, at: 0 })
    const far = new PubSub({ apiEndpoint: proxy.address, emulatorMode: true, projectId: 'local' })
    const [topic] = await far.createTopic('late')
    const [subscription] = await client.topic('late').createSubscription('late')
    const received = new Set<string>()
    subscription.on('message', (message) => {
      received.add(message.data.toString())
      message.ack()
    })
    for (const fault of ['hold', 'cut'] as const) {
      proxy[fault]()
      const publishing = topic.publishMessage({ data: Buffer.from(fault) })
      const silence = new Promise((resolve) => setTimeout(resolve, 200, 'nothing'))
      expect(await Promise.race([publishing, silence])).toBe('nothing')
      proxy.restore()
      await publishing
    }
    await eventually('both are received', () => received.size === 2, 20_000)
    await subscription.close()
    await far.close()
  }, 60_000)

  it('forgets its topics when it is restarted, as the emulator does', async () => {
    await client.createTopic('returns')
    await server.kill()
    await server.restart()
    expect(await client.topic('returns').exists()).toEqual([false])
  }, 90_000)

  it('is taken as Google names it', async () => {
    const before = process.env.PUBSUB_EMULATOR_HOST
    process.env.PUBSUB_EMULATOR_HOST = 'emulator.example:8085'
    try {
      const { address, urls, pid } = await startServer('pubsub')
      expect([address, urls, pid]).toEqual([
        'emulator.example:8085',
        ['pubsub://local?endpoint=emulator.example:8085'],
        undefined,
      ])
      process.env.PUBSUB_EMULATOR_HOST = 'http://emulator'
      expect(await rejectionOf(startServer('pubsub'))).toMatchObject({
        message: '[brokers] PUBSUB_EMULATOR_HOST is no host:port: set it to one, without a scheme',
      })
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.env, 'PUBSUB_EMULATOR_HOST')
      else process.env.PUBSUB_EMULATOR_HOST = before
    }
  })
})

describe('a server that cannot be had', () => {
  async function withPath(tools: Readonly<Record<string, string>>, run: () => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-path-'))
    const { PATH, XDG_CACHE_HOME } = process.env
    for (const [name, text] of Object.entries(tools))
      await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    Object.assign(process.env, { PATH: folder, XDG_CACHE_HOME: folder })
    try {
      await run()
    } finally {
      process.env.PATH = PATH
      if (XDG_CACHE_HOME === undefined) Reflect.deleteProperty(process.env, 'XDG_CACHE_HOME')
      else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME
      await rm(folder, { recursive: true, force: true })
    }
  }

  it('tells that Pub/Sub needs gcloud', () =>
    withPath({}, async () => {
      expect(await whyUnavailable('pubsub')).toMatch(/there is no gcloud: install it .* set WAYBILL_PUBSUB/)
    }))

  it('tells that gcloud lacks the emulator', () =>
    withPath({ gcloud: 'echo /nowhere' }, async () => {
      expect(await whyUnavailable('pubsub')).toMatch(
        /not in \/nowhere: run gcloud components install pubsub-emulator/,
      )
    }))

  it('tells that npm is missing, and what npm said', async () => {
    const version = { version: '0.0.1' }
    await withPath({}, async () => {
      expect(await whyUnavailable('kinesis', version)).toMatch(/kinesis-local is fetched by npm, .* no npm/)
    })
    await withPath({ npm: 'echo "no such version"; exit 1' }, async () => {
      expect(await whyUnavailable('kinesis', version)).toMatch(/npm install failed \(1\): no such version/)
    })
  })
})
