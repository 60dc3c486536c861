import { ListTablesCommand } from '@aws-sdk/client-dynamodb'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListStreamsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { type AwsProxy, type LocalServer, startAwsProxy, startServer } from '../../dev/index.ts'
import { rejectionOf, thrownBy } from '../core/events.ts'
import { describeWith } from './available.ts'
import { createStream, dynamodbAt, kinesisAt } from './aws.ts'

await describeWith('kinesalite', 'a proxy in front of Kinesis', () => {
  let server: LocalServer
  let proxy: AwsProxy
  let client: KinesisClient
  /** The draws that come next; half where they have run out. */
  let draws: number[] = []
  let stream = ''

  beforeAll(async () => {
    server = await startServer('kinesalite')
    proxy = await startAwsProxy(server.detour ?? { to: 0, at: 0 }, { random: () => draws.shift() ?? 0.5 })
    client = kinesisAt(proxy.address)
  }, 60_000)
  afterAll(async () => {
    client.destroy()
    await proxy[Symbol.asyncDispose]()
    await server.stop()
  })
  afterEach(() => {
    proxy.restore()
    draws = []
  })

  async function fresh(): Promise<void> {
    stream = `s${Math.random().toString(36).slice(2)}`
    await createStream(client, stream)
  }

  function put(...texts: string[]) {
    const Records = texts.map((text) => ({ PartitionKey: text, Data: Buffer.from(text) }))
    return client.send(new PutRecordsCommand({ StreamName: stream, Records }))
  }

  async function stored(): Promise<readonly string[]> {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamName: stream,
        ShardId: 'shardId-000000000000',
        ShardIteratorType: 'TRIM_HORIZON',
      }),
    )
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }))
    return Records.map(({ Data = Buffer.alloc(0) }) => Buffer.from(Data).toString())
  }

  const list = () => client.send(new ListStreamsCommand({}))

  it('passes requests on, and counts them', async () => {
    await fresh()
    const before = proxy.requests.PutRecords ?? 0
    expect(await put('a', 'b')).toMatchObject({ FailedRecordCount: 0 })
    expect([await stored(), proxy.requests.PutRecords]).toEqual([['a', 'b'], before + 1])
  })

  it.each([
    ['ProvisionedThroughputExceededException', 400],
    ['ExpiredIteratorException', 400],
    ['LimitExceededException', 400],
    ['InternalFailure', 500],
    ['ServiceUnavailable', 503],
  ])('refuses with %s, which the client knows as that and as %d', async (error, status) => {
    const fault = proxy.fail({ operation: 'ListStreams', error })
    expect(await rejectionOf(list())).toMatchObject({
      name: error,
      message: `${error}, injected`,
      $metadata: { httpStatusCode: status },
    })
    fault.stop()
    expect((await list()).$metadata.httpStatusCode).toBe(200)
    expect(fault.hits).toBe(1)
  })

  it('refuses what it is told to only: the operation, the count, the rate', async () => {
    proxy.fail({ operation: 'PutRecords', error: 'InternalFailure' })
    await list()
    proxy.restore()
    const error = 'LimitExceededException'
    proxy.fail({ operation: 'ListStreams', error, count: 2, rate: 0.3, message: 'slow down', status: 429 })
    draws = [0.1, 0.9, 0.29]
    const outcomes: unknown[] = []
    for (let i = 0; i < 5; i++)
      outcomes.push(
        await list().then(
          () => 'ok',
          (fault: Error) => fault.message,
        ),
      )
    expect(outcomes).toEqual(['slow down', 'ok', 'slow down', 'ok', 'ok'])
  })

  it('fails single records, which the server never sees, and keeps the answers in their places', async () => {
    await fresh()
    proxy.fail({ records: 0.3 })
    // The first draw is for the request.
    draws = [0, 0.1, 0.9, 0.2, 0.8]
    const { FailedRecordCount, Records = [] } = await put('a', 'b', 'c', 'd')
    expect([FailedRecordCount, Records.map(({ ErrorCode }) => ErrorCode)]).toEqual([
      2,
      [
        'ProvisionedThroughputExceededException',
        undefined,
        'ProvisionedThroughputExceededException',
        undefined,
      ],
    ])
    expect(Records.map(({ SequenceNumber }) => SequenceNumber !== undefined)).toEqual([
      false,
      true,
      false,
      true,
    ])
    expect(await stored()).toEqual(['b', 'd'])
  })

  it('fails every record without a word to the server', async () => {
    await fresh()
    proxy.fail({ records: 1, code: 'InternalFailure', count: 1 })
    const { FailedRecordCount, Records = [] } = await put('a', 'b')
    expect([FailedRecordCount, Records.map(({ ErrorCode }) => ErrorCode)]).toEqual([
      2,
      ['InternalFailure', 'InternalFailure'],
    ])
    await put('c')
    expect(await stored()).toEqual(['c'])
  })

  it('leaves the answer about a missing stream as it is', async () => {
    stream = 'missing'
    proxy.fail({ records: 0.1 })
    expect(await rejectionOf(put('a'))).toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it.each([
    ['before', []],
    ['after', ['a']],
  ] as const)('resets the connection %s the server has the records', async (reset, expected) => {
    await fresh()
    proxy.fail({ operation: 'PutRecords', reset })
    expect(await rejectionOf(put('a'))).toMatchObject({ message: expect.stringContaining('ECONNRESET') })
    expect(await stored()).toEqual(expected)
  })

  it('answers late', async () => {
    proxy.fail({ operation: 'ListStreams', delayMs: 150 })
    const start = performance.now()
    await list()
    expect(performance.now() - start).toBeGreaterThanOrEqual(149)
  })

  it('is as dead as the server behind it, and back with it', async () => {
    await server.kill()
    expect(await rejectionOf(list())).toMatchObject({
      message: expect.stringMatching(/socket hang up|ECONNRESET/),
    })
    await server.restart()
    expect((await list()).$metadata.httpStatusCode).toBe(200)
  }, 60_000)

  it.each([
    [{ error: 'X', rate: 0 }, 'rate 0 is no share: give one above 0 up to 1'],
    [{ error: 'X', rate: 30 }, 'rate 30 is no share: give one above 0 up to 1'],
    [{ error: 'X', count: 0 }, 'count 0 is no number of requests: give one from 1 on'],
    [{ records: Number.NaN }, 'records NaN is no share: give one above 0 up to 1'],
    [
      { records: 1, operation: 'PutRecord' },
      'single records fail in PutRecords, not in PutRecord: leave operation out',
    ],
    [{ delayMs: -1 }, 'delayMs -1 is no time: give milliseconds'],
  ])('refuses the fault %j', (fault, message) => {
    expect(thrownBy(() => proxy.fail(fault))).toMatchObject({
      code: 'ERR_CONFIG',
      message: `[brokers] ${message}`,
    })
  })
})

await describeWith('dynamodb', 'a proxy in front of DynamoDB', () => {
  it('refuses as the service does', async () => {
    const server = await startServer('dynamodb')
    await using proxy = await startAwsProxy(server.detour ?? { to: 0, at: 0 })
    const client = dynamodbAt(proxy.address)
    const list = () => client.send(new ListTablesCommand({}))
    proxy.fail({ error: 'ProvisionedThroughputExceededException', count: 1 })
    expect(await rejectionOf(list())).toMatchObject({ name: 'ProvisionedThroughputExceededException' })
    expect((await list()).TableNames).toEqual([])
    client.destroy()
    await server.stop()
  }, 60_000)
})
