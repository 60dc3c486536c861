import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { Stack } from 'aws-cdk-lib/core'
import { connect } from '../../../adapters/index.ts'
import { programOf, run } from '../../../dev/command.ts'
import { cacheFolder, type LocalServer, startServer } from '../../../dev/index.ts'
import { until } from '../../../dev/until.ts'
import { natsConf } from '../../../infra/aws/nats-conf.ts'
import { natsWorker } from '../../../infra/policy/nats.ts'
import { describeWith } from '../../dev/available.ts'
import { appOf, findingsOf, pipeline } from './deployed.ts'
import { scrubbed } from './scrubbed.ts'

function templatesOf(app: ReturnType<typeof appOf>): readonly [data: Template, functions: Template] {
  const [data, functions] = app.node.children.filter((child) => Stack.isStack(child))
  if (!Stack.isStack(data) || !Stack.isStack(functions)) throw new Error('there are not two stacks')
  return [Template.fromStack(data), Template.fromStack(functions)]
}

const usual = appOf('nats')
const findings = findingsOf(usual)
const [data, functions] = templatesOf(usual)

describe('the stacks of NATS', () => {
  it('are accepted by the schemas of CloudFormation, cdk-nag and the rules of the project, without a finding', () => {
    expect(findings).toEqual([])
  })

  it('are the same as ever', () => {
    expect(scrubbed(data.toJSON())).toMatchSnapshot()
    expect(scrubbed(functions.toJSON())).toMatchSnapshot()
  })

  it('make three servers whose encrypted disks are their own resources', () => {
    data.resourceCountIs('AWS::EC2::Instance', 3)
    data.resourceCountIs('AWS::EC2::Volume', 3)
    data.allResourcesProperties('AWS::EC2::Volume', { Encrypted: true, VolumeType: 'gp3', Size: 20 })
    data.resourceCountIs('AWS::Route53::RecordSet', 3)
    data.resourceCountIs('AWS::EFS::FileSystem', 0)
  })

  it('look servers up when they start, and start them again one by one', () => {
    data.hasResourceProperties('AWS::EC2::LaunchTemplate', {
      LaunchTemplateData: {
        ImageId: Match.stringLikeRegexp('^resolve:ssm:/aws/service/ami-amazon-linux-latest/.*arm64$'),
        MetadataOptions: { HttpTokens: 'required' },
      },
    })
    const servers = data.findResources('AWS::EC2::Instance')
    const waiting = Object.values(servers).map(({ DependsOn = [], Properties }) => {
      // Of the template, a newer image would be another server.
      expect(Properties).not.toHaveProperty('ImageId')
      return [DependsOn].flat().filter((id) => String(id).includes('Attachment')).length
    })
    expect(waiting).toEqual([0, 1, 1])
    expect(Object.keys(data.findParameters('*')).filter((name) => /ami/i.test(name))).toEqual([])
  })

  it('write no secret into a template', () => {
    const text = JSON.stringify([data.toJSON(), functions.toJSON()])
    expect(text).toContain('NATS_PASSWORD')
    expect(text).not.toMatch(/"password": *"[^"$]/)
    functions.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Secrets: Match.arrayWith([Match.objectLike({ Name: 'NATS_PASSWORD' })]),
          ReadonlyRootFilesystem: true,
        }),
      ],
    })
  })

  it('run every function as a service that ends well, with alarms and a page of its own', () => {
    functions.resourceCountIs('AWS::ECS::Service', 2)
    functions.resourceCountIs('AWS::CloudWatch::Alarm', 6)
    functions.resourceCountIs('AWS::CloudWatch::Dashboard', 2)
    functions.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'waybill-dev-billing-lag',
      AlarmDescription: Match.stringLikeRegexp('or tells nothing of itself'),
      TreatMissingData: 'breaching',
    })
    functions.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [Match.objectLike({ StopTimeout: 15, HealthCheck: Match.anyValue() })],
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
    })
  })
})

describe('workers behind servers that are there', () => {
  const app = appOf('nats', {
    ...pipeline({
      stage: 'prod',
      functions: { mailing: { maxTasks: 6 } },
      nats: { credentialsArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:nats-abc123' },
    }),
    brokers: { main: 'jetstream://connect.example:4222' },
  })
  const found = findingsOf(app)
  const [network, workers] = templatesOf(app)

  it('make no server, and log in by the secret', () => {
    expect(found).toEqual([])
    network.resourceCountIs('AWS::EC2::Instance', 0)
    const tasks = JSON.stringify(workers.findResources('AWS::ECS::TaskDefinition'))
    expect(tasks).toContain('NATS_CREDS')
    expect(tasks).toContain('jetstream://connect.example:4222?ackWaitMs=35000')
  })

  it('stand by in production, or share what is behind', () => {
    workers.hasResourceProperties('AWS::ECS::Service', { DesiredCount: 2 })
    // A number in the template would end at each deployment what was added.
    workers.hasResourceProperties('AWS::ECS::Service', { DesiredCount: Match.absent() })
    workers.hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 1,
      MaxCapacity: 6,
    })
    workers.resourceCountIs('AWS::ApplicationAutoScaling::ScalingPolicy', 2)
  })
})

await describeWith('nats', 'a server of NATS', () => {
  let server: LocalServer
  beforeAll(async () => {
    server = await startServer('nats')
  }, 60_000)
  afterAll(() => server?.stop())

  it('accepts the configuration file of the cluster', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-nats-conf-'))
    const file = join(folder, 'nats.conf')
    try {
      writeFileSync(
        file,
        natsConf({ name: 'n1', cluster: 'shop-dev', storeFolder: join(folder, 'store'), storeGb: 16 }),
      )
      const env = {
        NATS_USER: 'waybill',
        NATS_PASSWORD: 'a',
        NATS_ROUTE_PASSWORD: 'b',
        NATS_ROUTES: '["nats-route://route:b@n1.nats.internal:6222"]',
      }
      expect(await run(await program(), ['-t', '-c', file], { env })).toContain('is valid')
      writeFileSync(file, readFileSync(file, 'utf8').replace('store_dir', 'store_folder'))
      await expect(run(await program(), ['-t', '-c', file], { env })).rejects.toThrow('store_folder')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it.each([false, true])(
    'has the consumer and the stream that were compiled (shared: %s)',
    async (isShared) => {
      const topic = `orders-${isShared}`
      const policy = { timeoutMs: 45_000 }
      const { settings } = natsWorker({
        name: 'billing',
        topic,
        group: 'billing',
        policy,
        retentionHours: 48,
        replicas: 1,
        isShared,
      })
      await using broker = await connect(
        `jetstream://${server.address}?${new URLSearchParams(settings.parameters)}`,
      )
      await broker.ensure({ topics: [topic] })
      await using _ = broker.subscribe({ topic, group: 'billing' }, () => {}, { policy })
      const { stream, consumer } = settings
      const { connect: dial } = await import('nats')
      const client = await dial({ servers: server.address })
      try {
        const manager = await client.jetstreamManager()
        const info = () => manager.consumers.info(stream.name, consumer.name)
        const { signal } = new AbortController()
        await until(async () => void (await info()), { deadlineMs: 10_000, signal })
        expect((await manager.streams.info(stream.name)).config).toMatchObject(stream)
        expect((await info()).config).toMatchObject(consumer)
        const other = natsWorker({
          name: 'billing',
          topic,
          group: 'billing',
          policy: { timeoutMs: 90_000 },
          retentionHours: 24,
          replicas: 1,
          isShared: !isShared,
        }).settings
        expect((await info()).config).not.toMatchObject(other.consumer)
        expect((await manager.streams.info(stream.name)).config).not.toMatchObject(other.stream)
      } finally {
        await client.close()
      }
    },
  )
})

/** The very server that the tests run. */
async function program(): Promise<string> {
  const onPath = await programOf('nats-server')
  if (onPath !== undefined) return onPath
  const folder = join(cacheFolder(), 'nats-2.15.1')
  return join(folder, readFileSync(join(folder, 'program'), 'utf8').trim())
}
