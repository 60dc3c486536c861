import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Kinesis } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { unzipSync } from 'fflate'
import * as z from 'zod'
import { createEvent } from '../../../adapters/index.ts'
import { kinesisBinding } from '../../../adapters/kinesis/binding.ts'
import { loadConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import { awsDeployment } from '../../../infra/deployments.ts'
import { runKinesisMapping } from '../../platform/index.ts'
import { describeWithMoto, type Moto, startMoto } from '../moto.ts'
import { temporary } from './deployed.ts'

const root = resolve(import.meta.dirname, '../../..')
const account = '123456789012'
const run = promisify(execFile)

const mappingsSchema = z.object({
  EventSourceMappings: z.array(
    z.object({
      EventSourceArn: z.string(),
      FunctionArn: z.string(),
      BatchSize: z.number(),
      BisectBatchOnFunctionError: z.boolean(),
      MaximumRetryAttempts: z.number(),
      MaximumRecordAgeInSeconds: z.number(),
      FunctionResponseTypes: z.array(z.string()),
      DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }),
    }),
  ),
})
const functionsSchema = z.object({ Functions: z.array(z.object({ FunctionName: z.string() })) })

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.looseObject({ Code: z.looseObject({ S3Key: z.string().optional() }).optional() }),
    }),
  ),
})
const moduleSchema = z.object({
  handler: z.custom<(event: unknown, context: unknown) => Promise<unknown>>(
    (value) => typeof value === 'function',
  ),
})

/** A project of two functions, of which one fails for one of its events. */
function project(): string {
  const folder = temporary()
  const files = {
    'waybill.config.json': JSON.stringify({
      brokers: { main: 'memory://' },
      functions: {
        billing: { handler: './billing.mjs', source: { topic: 'orders' }, policy: { maxAttempts: 3 } },
        mailing: { handler: './billing.mjs', source: { topic: 'invoices' } },
      },
      infra: { project: 'shop', kinesis: { retentionHours: 48 } },
    }),
    'billing.mjs': `export function handler(event) {
      globalThis.billed = [...(globalThis.billed ?? []), event.data.order]
      if (event.data.order === 2) throw new Error('no such customer')
    }`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

await describeWithMoto('the stacks of Kinesis, deployed by the CLI of CDK', () => {
  const folder = project()
  const assembly = join(folder, 'cdk.out')
  let moto: Moto
  let kinesis: Kinesis

  /** Resolves with what the CLI printed; rejects where it fails. */
  async function cdk(...words: readonly string[]): Promise<string> {
    const { NODE_OPTIONS: _, ...env } = process.env
    const program = join(root, 'node_modules/aws-cdk/bin/cdk')
    const { stdout, stderr } = await run(process.execPath, [program, ...words, '--app', assembly], {
      cwd: folder,
      env: { ...env, ...moto.env, CDK_DISABLE_CLI_TELEMETRY: 'true', NO_COLOR: '1' },
    })
    return stdout + stderr
  }

  async function read<T>(schema: z.ZodType<T>, service: string, path: string): Promise<T> {
    return schema.parse(await (await moto.ask(service, path)).json())
  }

  beforeAll(async () => {
    moto = await startMoto()
    // The client speaks HTTP/2 by default, and moto does not.
    kinesis = new Kinesis({
      region: 'us-east-1',
      endpoint: moto.url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler: new NodeHttpHandler(),
    })
    const config = await loadConfig({ cwd: folder })
    const deployment = await awsDeployment(config, 'kinesis', { bundles: join(folder, 'bundles') })
    awsApp([deployment], { outdir: assembly }).synth()
    await cdk('bootstrap', `aws://${account}/us-east-1`)
    // moto 5.2.1 keeps no exports of a stack that a change set made, and the second stack fails with "No export named
    // shop-dev-kinesis-data-failures found". So this shows no change sets, which CloudFormation makes by default.
    await cdk('deploy', '--all', '--require-approval', 'never', '--method=direct')
  }, 180_000)

  afterAll(async () => {
    kinesis?.destroy()
    await moto?.stop()
  })

  it('gives every function its event source mapping, as its policy says', async () => {
    const { EventSourceMappings: mappings } = await read(
      mappingsSchema,
      'lambda',
      '/2015-03-31/event-source-mappings/',
    )
    const billing = mappings.find(({ EventSourceArn }) => EventSourceArn.endsWith('stream/orders'))
    expect(mappings).toHaveLength(2)
    expect(billing).toMatchObject({
      BatchSize: 100,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 2,
      MaximumRecordAgeInSeconds: 47 * 3_600,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: {
        OnFailure: { Destination: expect.stringContaining('arn:aws:s3:::shop-dev-kinesis-data-failures') },
      },
    })
  })

  it('reads a record back and handles it by the very asset that was deployed, a partial failure included', async () => {
    const binding = kinesisBinding()
    const written = [1, 2, 3].map((order) =>
      binding.encode(createEvent({ type: 'order', source: '/shop', data: { order } })),
    )
    for (const { body } of written)
      await kinesis.putRecord({ StreamName: 'orders', PartitionKey: 'a', Data: body ?? new Uint8Array() })
    const { Shards: shards = [] } = await kinesis.listShards({ StreamName: 'orders' })
    const records = []
    for (const { ShardId } of shards) {
      const { ShardIterator } = await kinesis.getShardIterator({
        StreamName: 'orders',
        ShardId,
        ShardIteratorType: 'TRIM_HORIZON',
      })
      const { Records = [] } = await kinesis.getRecords({ ShardIterator })
      for (const { Data, SequenceNumber = '', PartitionKey = '' } of Records)
        records.push({
          eventID: `${ShardId}:${SequenceNumber}`,
          eventName: 'aws:kinesis:record',
          eventSource: 'aws:kinesis',
          eventSourceARN: `arn:aws:kinesis:us-east-1:${account}:stream/orders`,
          eventVersion: '1.0',
          awsRegion: 'us-east-1',
          invokeIdentityArn: `arn:aws:iam::${account}:role/test`,
          kinesis: {
            kinesisSchemaVersion: '1.0',
            partitionKey: PartitionKey,
            sequenceNumber: SequenceNumber,
            data: Buffer.from(Data ?? []).toString('base64'),
            approximateArrivalTimestamp: Date.now() / 1_000,
          },
        })
    }
    expect(records).toHaveLength(3)

    const { handler } = await deployedModule('orders')
    // The function logs to the console, as the platform wants it.
    const logged = jest.spyOn(console, 'warn').mockImplementation(() => {})
    const { invocations, discarded } = await runKinesisMapping(records, handler, {
      maximumRetryAttempts: 2,
      bisectBatchOnFunctionError: true,
    })
    expect(logged.mock.calls.join()).toContain('no such customer')
    logged.mockRestore()
    expect(invocations[0]?.response).toEqual({
      batchItemFailures: [{ itemIdentifier: records[1]?.kinesis.sequenceNumber }],
    })
    expect(discarded.map(({ records: given }) => given)).toEqual([[records[1]]])
    expect(Reflect.get(globalThis, 'billed')).toEqual([1, 2, 2, 2, 2, 3])
  })

  it('has nothing left to change, and leaves nothing when it goes', async () => {
    expect(await cdk('diff', '--fail', '--method=template')).toContain('Number of stacks with differences: 0')
    // moto makes the bucket anew when the CLI asks for the outputs of the deleted stack.
    const bucketsUntil = async (end: number) => {
      const buckets = await (await moto.ask('s3', '/')).text()
      const found = [...buckets.matchAll(/<Name>(shop-dev[^<]*)<\/Name><CreationDate>([^<]*)</g)]
      return found.filter(([, , created = '']) => Date.parse(created) < end)
    }
    expect(await bucketsUntil(Number.POSITIVE_INFINITY)).toHaveLength(1)
    const before = Math.floor(Date.now() / 1_000) * 1_000
    await cdk('destroy', '--all', '--force')
    expect((await kinesis.listStreams({})).StreamNames).toEqual([])
    const { Functions: functions } = await read(functionsSchema, 'lambda', '/2015-03-31/functions/')
    const { EventSourceMappings: mappings } = await read(
      mappingsSchema,
      'lambda',
      '/2015-03-31/event-source-mappings/',
    )
    const roles = await (
      await moto.ask('iam', '/', { method: 'POST', body: 'Action=ListRoles&Version=2010-05-08' })
    ).text()
    expect([functions, mappings]).toEqual([[], []])
    expect(await bucketsUntil(before)).toEqual([])
    expect(roles).not.toContain('shop-dev')
  }, 180_000)

  /** The code of the function that reads a topic, out of the bucket that it was published to. */
  async function deployedModule(topic: string) {
    const { EventSourceMappings: mappings } = await read(
      mappingsSchema,
      'lambda',
      '/2015-03-31/event-source-mappings/',
    )
    const name = mappings
      .find(({ EventSourceArn }) => EventSourceArn.endsWith(`stream/${topic}`))
      ?.FunctionArn.split(':')
      .at(-1)
    const { Resources: resources } = templateSchema.parse(
      JSON.parse(readFileSync(join(assembly, 'shop-dev-kinesis.template.json'), 'utf8')),
    )
    const key = Object.entries(resources).find(
      ([id, { Type }]) => Type === 'AWS::Lambda::Function' && name?.includes(id),
    )?.[1].Properties.Code?.S3Key
    const archive = await moto.ask('s3', `/cdk-hnb659fds-assets-${account}-us-east-1/${key}`)
    const place = join(folder, 'deployed')
    for (const [file, bytes] of Object.entries(unzipSync(new Uint8Array(await archive.arrayBuffer())))) {
      mkdirSync(dirname(join(place, file)), { recursive: true })
      writeFileSync(join(place, file), bytes)
    }
    return moduleSchema.parse(await import(pathToFileURL(join(place, 'index.mjs')).href))
  }
})
