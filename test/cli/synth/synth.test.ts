import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { resolveConfig } from '../../../cli/config/index.ts'
import { awsApp } from '../../../infra/aws/app.ts'
import { deploymentWith } from '../../../infra/deployments.ts'
import { waybill } from '../command-line.ts'
import { folder } from '../folder.ts'

const billing = { handler: './billing.mjs', source: { topic: 'orders' } }
const handler = 'export function handler() {}\n'

function project(config: object) {
  return folder({ 'waybill.config.json': JSON.stringify(config), 'billing.mjs': handler })
}

const sound = project({ brokers: { main: 'memory://' }, functions: { billing } })
afterAll(() => sound.remove())
const words = (platform: string, path: string) => [
  'synth',
  platform,
  '--config',
  join(path, 'waybill.config.json'),
  '--out',
  join(path, 'cdk.out'),
  '--bundles',
  join(path, 'bundles'),
]

describe('waybill synth', () => {
  it('bundles the functions and writes the stacks, without a network', async () => {
    const { code, stdout, stderr } = await waybill(
      ...words('kinesis', sound.path),
      '--stage',
      'prod',
      '--json',
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toEqual({
      folder: join(sound.path, 'cdk.out'),
      stacks: ['waybill-prod-kinesis-data', 'waybill-prod-kinesis'],
      deploy: expect.stringMatching(/^npx cdk deploy --all --app .*cdk\.out$/),
    })
    expect(readdirSync(join(sound.path, 'cdk.out'))).toContain('waybill-prod-kinesis.template.json')
    expect(existsSync(join(sound.path, 'bundles/lambda-kinesis/billing/index.mjs'))).toBe(true)
  })

  it('writes the modules of Terraform, and the folders of images', async () => {
    const { path, remove } = project({
      brokers: { main: 'pubsub://my-project' },
      functions: { billing },
      infra: { pubsub: { project: 'my-project', region: 'europe-west1' } },
    })
    try {
      const { code, stdout, stderr } = await waybill(...words('pubsub', path), '--json')
      expect([code, stderr]).toEqual([0, ''])
      const { folder: written, stacks } = JSON.parse(stdout)
      for (const stack of stacks) expect(existsSync(join(written, stack, 'cdk.tf.json'))).toBe(true)
      expect(stacks).toHaveLength(2)
      expect(existsSync(join(path, 'bundles/http/billing/index.mjs'))).toBe(true)
    } finally {
      remove()
    }
  })

  it('names the nearest platform', async () => {
    expect(await waybill(...words('kenesis', sound.path))).toMatchObject({
      code: 2,
      stderr: '[waybill] there is no platform "kenesis": did you mean "kinesis"?\n',
    })
  })

  it.each([
    [
      'a source of another platform',
      { brokers: { main: 'kafka://localhost:9092' }, functions: { billing } },
      'functions.billing.source.broker: "main" is kafka://, and kinesis takes kinesis:// alone: deploy it to another platform, or name such a broker',
    ],
    [
      'a function without a source',
      { brokers: { main: 'memory://' }, functions: { billing: { handler: './billing.mjs' } } },
      'functions.billing.source: missing',
    ],
    [
      'no functions',
      { brokers: { main: 'memory://' }, functions: {} },
      'the configuration has no functions: add one',
    ],
    [
      'a name that is too long',
      {
        brokers: { main: 'memory://' },
        functions: { billing: { ...billing, source: { topic: 'x'.repeat(129) } } },
      },
      'functions.billing.source.topic: a topic of 129 characters, and kinesis takes 1 to 128: choose another name',
    ],
    [
      'a setting of a function that is none',
      {
        brokers: { main: 'memory://' },
        functions: { billing },
        infra: { functions: { biling: { memoryMb: 256 } } },
      },
      'infra.functions.biling: there is no function of this name: did you mean "billing"?',
    ],
    [
      'a setting out of range',
      { brokers: { main: 'memory://' }, functions: { billing }, infra: { kinesis: { retentionHours: 12 } } },
      'infra.kinesis.retentionHours: out of range: give hours, a whole number from 24 to 8760',
    ],
    [
      'a misspelt setting',
      { brokers: { main: 'memory://' }, functions: { billing }, infra: { kinesis: { retentionHour: 48 } } },
      'infra.kinesis: unknown key "retentionHour": did you mean "retentionHours"?',
    ],
  ])('refuses %s', async (_, config, message) => {
    const { path, remove } = project(config)
    try {
      const { code, stderr } = await waybill(...words('kinesis', path))
      expect(code).toBe(2)
      expect(stderr).toContain(message)
    } finally {
      remove()
    }
  })

  const memory = { main: 'memory://' }
  const google = { pubsub: { project: 'my-project', region: 'europe-west1' } }
  const long = 'x'.repeat(300)
  it.each([
    [
      'kafka',
      'a function without a source',
      { brokers: memory, functions: { billing: { handler: './billing.mjs' } } },
      "functions.billing.source: missing: give { topic: '…' }",
    ],
    [
      'nats',
      'a source of core NATS, which keeps nothing',
      { brokers: { main: 'nats://localhost:4222' }, functions: { billing } },
      '"main" is nats://, and nats takes jetstream:// alone: deploy it to another platform, or name such a broker',
    ],
    [
      'pubsub',
      'a source of another platform',
      { brokers: { main: 'kinesis://' }, functions: { billing } },
      '"main" is kinesis://, and pubsub takes pubsub:// alone',
    ],
    [
      'kafka',
      'a topic that is too long',
      { brokers: memory, functions: { billing: { ...billing, source: { topic: long } } } },
      'functions.billing.source.topic: a topic of 300 characters, and kafka takes 1 to 249: choose another name',
    ],
    [
      'nats',
      'a topic that is too long',
      { brokers: memory, functions: { billing: { ...billing, source: { topic: long } } } },
      'functions.billing.source.topic: a topic of 300 characters, and nats takes 1 to 200: choose another name',
    ],
    [
      'nats',
      'a topic and a group that are too long together',
      {
        brokers: memory,
        functions: { billing: { ...billing, source: { topic: 't'.repeat(190), group: 'g'.repeat(90) } } },
      },
      'would have 281 characters, at most 255: use shorter ones',
    ],
    [
      'pubsub',
      'a topic that is too long',
      { brokers: memory, functions: { billing: { ...billing, source: { topic: long } } }, infra: google },
      'functions.billing.source.topic: a topic of 300 characters, and pubsub takes 3 to 255: choose another name',
    ],
    [
      'pubsub',
      'a function whose name is too long for Cloud Run',
      { brokers: memory, functions: { ['x'.repeat(60)]: billing }, infra: google },
      'has 72 characters of at most 49: shorten the name, or infra.project',
    ],
    [
      'pubsub',
      'no project',
      { brokers: memory, functions: { billing }, infra: { pubsub: { region: 'europe-west1' } } },
      'infra.pubsub.project: missing: give the id of the project at Google Cloud',
    ],
    [
      'pubsub',
      'no region',
      { brokers: { main: 'pubsub://my-project' }, functions: { billing } },
      "infra.pubsub.region: missing: give the region where functions run and messages are kept, such as 'europe-west1'",
    ],
    [
      'kinesis',
      'a region that is none',
      { brokers: memory, functions: { billing }, infra: { region: 'eu' } },
      "infra.region: is not valid: give a region, such as 'eu-central-1'",
    ],
    [
      'nats',
      'a secret without the end of its name',
      {
        brokers: memory,
        functions: { billing },
        infra: { nats: { credentialsArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:nats' } },
      },
      'infra.nats.credentialsArn: is not valid: give the whole ARN of a secret, with the six characters at its end',
    ],
    [
      'nats',
      'servers in a network without a zone for each',
      {
        brokers: memory,
        functions: { billing },
        infra: { nats: { vpc: { vpcId: 'vpc-0a1b', subnetIds: ['subnet-0a1b', 'subnet-0a1c'] } } },
      },
      'infra.nats.vpc.subnetIds: there are 2, and each of 3 servers wants one in a zone of its own: give 3',
    ],
    [
      'kafka',
      'the address of a cluster that is none',
      { brokers: memory, functions: { billing }, infra: { kafka: { cluster: { arn: 'shop' } } } },
      'infra.kafka.cluster.arn: is not valid: give the ARN of an MSK cluster',
    ],
    [
      'pubsub',
      'a handler that is not there',
      {
        brokers: memory,
        functions: { billing: { ...billing, handler: './missing.mjs' } },
        infra: google,
      },
      'correct the path, it is relative to the configuration',
    ],
  ])('for %s refuses %s in one line', async (platform, _, config, message) => {
    const { path, remove } = project(config)
    try {
      const { code, stdout, stderr } = await waybill(...words(platform, path))
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain(message)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    } finally {
      remove()
    }
  })

  it('says which platforms there are where none is named', async () => {
    const { code, stderr } = await waybill('synth')
    expect([code, stderr]).toEqual([2, '[waybill] no platform: name one of kinesis, kafka, nats, pubsub\n'])
  })

  it('takes every name that the service takes, however long', () => {
    const name = 'f'.repeat(200)
    const made = folder({ 'bundle/index.mjs': handler })
    const deployment = (platform: 'kinesis' | 'kafka', topic: string) =>
      deploymentWith(
        resolveConfig({ brokers: memory, functions: { [name]: { ...billing, source: { topic } } } }),
        platform,
        [{ name, folder: join(made.path, 'bundle'), handler: 'index.handler' }],
      )
    try {
      const deployments = [deployment('kinesis', 't'.repeat(128)), deployment('kafka', 't'.repeat(249))]
      expect(() => awsApp(deployments, { outdir: join(made.path, 'cdk.out') }).synth()).not.toThrow()
    } finally {
      made.remove()
    }
  })

  it('has a clear error for a bundle that is not there', () => {
    const config = resolveConfig({ brokers: { main: 'memory://' }, functions: { billing } })
    expect(() => awsApp([deploymentWith(config, 'kinesis', [])])).toThrow(
      'function "billing" has no bundle: run waybill build, or waybill synth, which builds',
    )
  })
})

describe('waybill infra check', () => {
  const check = (path: string, ...more: readonly string[]) =>
    waybill('infra', 'check', ...more, '--config', join(path, 'waybill.config.json'))

  it('tells what becomes of each policy on every platform that has the sources', async () => {
    const { code, stdout } = await check(sound.path)
    expect(code).toBe(0)
    for (const platform of ['kinesis', 'kafka', 'nats'])
      expect(stdout).toContain(`✓ ${platform}: 1 function, 0 problems`)
    expect(stdout).toContain('· policy.maxAgeMs: an event is given up after 82800 s')
  })

  it('ends with 1 where a policy cannot be obeyed, naming setting and fix', async () => {
    const { path, remove } = project({
      brokers: { main: 'memory://' },
      functions: { billing: { ...billing, policy: { maxAgeMs: 200_000_000 } } },
    })
    try {
      const { code, stdout } = await check(path, 'kinesis')
      expect(code).toBe(1)
      expect(stdout).toContain('✗ functions.billing.policy.maxAgeMs: an event is forgotten after 24 h')
      expect(stdout).toContain('or raise infra.kinesis.retentionHours')
      const prod = await check(path, 'kinesis', '--stage', 'prod')
      expect(prod.code).toBe(0)
    } finally {
      remove()
    }
  })
})
