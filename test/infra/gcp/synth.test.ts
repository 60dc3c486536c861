import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { subscriptionPath } from '../../../adapters/pubsub/names.ts'
import { gcpModules, synthesizeGcp } from '../../../infra/gcp/app.ts'
import { faultsOf } from '../../../infra/gcp/rules.ts'
import { blocksOf } from '../../../infra/gcp/terraform-json.ts'
import { modulesOf, planOf, written } from './plan.ts'

const handler = './functions/uppercase/handler.ts'

/** Ids end in a fingerprint of the path in the tree, which says nothing. */
function scrubbed(text: string): string {
  return text.replaceAll(/_[0-9A-F]{8}\b/g, '')
}

function argumentsOf(modules: ReturnType<typeof modulesOf>, type: string) {
  return blocksOf(modules).flatMap((block) => (block.type === type ? [block.arguments] : []))
}

function withSettings(pubsub: object, rest: object = {}) {
  return { ...written, infra: { ...written.infra, ...rest, pubsub: { ...written.infra.pubsub, ...pubsub } } }
}

function withFunction(name: string, fn: object, infra: object = {}) {
  return {
    ...written,
    functions: { [name]: { handler, source: { broker: 'main', topic: 'orders' }, ...fn } },
    infra: { pubsub: written.infra.pubsub, ...infra },
  }
}

describe('the modules of a configuration', () => {
  const modules = modulesOf()

  it('are as they were', () => {
    expect(scrubbed(JSON.stringify(modules, undefined, 2))).toMatchSnapshot()
  })

  it('come out the same twice, with nothing of this computer', () => {
    const text = JSON.stringify(modules)
    expect(JSON.stringify(modulesOf())).toBe(text)
    expect(text).not.toContain(process.cwd())
    expect(text).not.toContain('backend')
  })

  it('have each function in one of them, with source, retry, dead letter, permission and alarm', () => {
    const [data = '', functions = ''] = Object.keys(modules)
    expect([data, functions]).toEqual(['waybill-dev-pubsub-data', 'waybill-dev-pubsub'])
    const text = JSON.stringify(modules[functions])
    for (const [name, subscription] of Object.entries({
      billing: 'orders+billing',
      archive: 'bills+archive',
      copy: 'bills+copy',
    })) {
      const reads = argumentsOf(modules, 'google_pubsub_subscription').filter(
        (each) => each.name === subscription,
      )
      expect([name, reads.length]).toEqual([name, 1])
      expect(text).toContain(`resource.labels.subscription_id = \\"${subscription}\\"`)
    }
    expect(argumentsOf(modules, 'google_pubsub_topic').map(({ name }) => name)).toEqual([
      'bills',
      'dlq.billing',
      'not-archived',
      'orders',
    ])
    expect(text).not.toContain('allUsers')
  })

  it('let an account publish where its function does, and nowhere else', () => {
    const grants = argumentsOf(modules, 'google_pubsub_topic_iam_member')
      .filter(({ member }) => !String(member).includes('gcp-sa-pubsub'))
      .map(({ topic, member }) => [
        String(topic).replace(/.*\//, ''),
        /google_service_account\.(.+)_account/.exec(String(member))?.[1],
      ])
    expect(grants).toEqual([
      ['bills', 'billing'],
      ['not-archived', 'archive'],
      ['not-archived', 'copy'],
    ])
  })

  it('name subscriptions as the adapter does', () => {
    const of = planOf(withFunction('billing', { source: { broker: 'main', topic: 'a+b~c', group: 'd+e' } }))
    expect(
      of.functions.map(({ subscription }) => `projects/my-project/subscriptions/${subscription}`),
    ).toEqual([subscriptionPath('my-project', 'a+b~c', 'd+e')])
  })

  it('give a worker the subscription that it finds by its URL', () => {
    const copy = planOf().functions.find(({ config: { name } }) => name === 'copy')
    expect(copy?.environment.WAYBILL_BROKER_MAIN).toBe(
      'pubsub://my-project?ackDeadlineMs=30000&createSubscriptions=false',
    )
  })

  it('keep no order where the broker wants none', () => {
    const unordered = {
      ...written,
      brokers: { ...written.brokers, main: 'pubsub://my-project?ordered=false' },
    }
    const made = modulesOf(unordered)
    const reads = argumentsOf(made, 'google_pubsub_subscription').filter(
      ({ name }) => !String(name).endsWith('redrive'),
    )
    expect(reads.map(({ enable_message_ordering }) => enable_message_ordering)).toEqual([false, false, false])
    expect(faultsOf(made)).toEqual([])
  })

  it('are written where they are asked for, a folder each', async () => {
    const out = await mkdtemp(join(tmpdir(), 'waybill-gcp-'))
    const folders = await synthesizeGcp(planOf(), out)
    const texts = await Promise.all(folders.map((folder) => readFile(join(folder, 'cdk.tf.json'), 'utf8')))
    expect(texts.map((text) => JSON.parse(text))).toEqual(Object.values(modules))
    await rm(out, { recursive: true })
  })
})

describe('the stage prod', () => {
  const modules = modulesOf(withSettings({ stateBucket: 'my-state' }, { stage: 'prod', owner: 'Team A' }))

  it('protects what keeps events, and rings sooner', () => {
    const kept = [
      ...argumentsOf(modules, 'google_pubsub_topic'),
      ...argumentsOf(modules, 'google_pubsub_subscription'),
    ]
    expect(kept.map(({ lifecycle }) => lifecycle)).toEqual(kept.map(() => ({ prevent_destroy: true })))
    const services = argumentsOf(modules, 'google_cloud_run_v2_service')
    expect(services.map(({ deletion_protection }) => deletion_protection)).toEqual([true, true])
    expect(faultsOf(modules)).toEqual([])
  })

  it('keeps events for a week, and its state in a bucket', () => {
    const [, functions] = Object.values(modules)
    expect(functions?.terraform.backend).toEqual({
      gcs: { bucket: 'my-state', prefix: 'waybill-prod-pubsub' },
    })
    expect(JSON.stringify(functions?.provider)).toContain('"owner":"team-a"')
    expect(JSON.stringify(functions)).toContain('"message_retention_duration":"604800s"')
  })
})

describe('a configuration that cannot be deployed', () => {
  it.each([
    ['without a region', { ...written, infra: {} }, /infra\.pubsub\.region: missing: give the region/],
    [
      'without a project',
      { ...withSettings({}), brokers: { ...written.brokers, main: 'memory://' } },
      /infra\.pubsub\.project: missing: give the id .* pubsub:\/\/my-project/,
    ],
    ['with two projects', withSettings({ project: 'other-project' }), /brokers name my-project: deploy one/],
    [
      'with a name too long for Cloud Run',
      withFunction('x'.repeat(40), {}),
      /has 52 characters of at most 49: shorten the name, or infra\.project/,
    ],
    [
      'with a topic too long for Pub/Sub',
      withFunction('billing', { sink: { broker: 'main', topic: 't'.repeat(256) } }),
      /functions\.billing: a topic of 256 characters, and pubsub takes 3 to 255/,
    ],
    [
      'with a topic and group too long for a subscription',
      withFunction('billing', { source: { broker: 'main', topic: 't'.repeat(200), group: 'g'.repeat(100) } }),
      /functions\.billing\.source\.group: .* 3 to 255/,
    ],
    [
      'with names that are one at Cloud Run',
      {
        ...written,
        functions: {
          ...written.functions,
          Billing: { handler, source: { broker: 'main', topic: 'orders' } },
        },
      },
      /functions\.Billing: at Cloud Run it and "billing" are both .*: rename one/,
    ],
    [
      'with a source elsewhere',
      withFunction('billing', { source: { broker: 'hook', topic: 'orders' } }),
      /"hook" is https:\/\/, and pubsub takes pubsub:\/\/ alone: deploy it/,
    ],
    [
      'with dead letters that are gone first',
      withSettings({ retentionHours: 72, deadLetterHours: 24 }),
      /infra\.pubsub\.deadLetterHours: .*: give at least 72/,
    ],
    [
      'with a start at a position',
      withFunction('billing', { source: { broker: 'main', topic: 'orders', start: { position: '1' } } }),
      /source\.start: .*: leave it out/,
    ],
    [
      'with an age that outlasts the events',
      withFunction(
        'billing',
        { policy: { maxAgeMs: 1e9 } },
        { functions: { billing: { delivery: 'pull' } } },
      ),
      /policy\.maxAgeMs: .*: give less than/,
    ],
    [
      'with a function that is not there',
      { ...written, infra: { ...written.infra, functions: { biling: {} } } },
      /infra\.functions\.biling: .*billing/,
    ],
  ])('is refused, naming setting and fix: %s', (_, config, message) => {
    expect(() => gcpModules(planOf(config))).toThrow(message)
  })

  it('is not written where a rule is broken', async () => {
    const plan = planOf()
    const [topic, ...rest] = plan.topics.toReversed()
    expect(topic?.topic).toBe('orders')
    const without = rest.filter(({ topic: name }) => name !== 'dlq.billing')
    await expect(synthesizeGcp({ ...plan, topics: without }, '/nonexistent')).rejects.toThrow(
      /the modules for pubsub break rules:\n.*there is no topic dlq\.billing: add it/,
    )
  })
})

describe('a function that pulls', () => {
  const pull = (policy: object) =>
    planOf(withFunction('billing', { policy }, { functions: { billing: { delivery: 'pull' } } }))

  it('keeps what only a worker can do: few attempts, slow handlers, ages', () => {
    const plan = pull({
      maxAttempts: 2,
      timeoutMs: 3_600_000,
      maxAgeMs: 60_000,
      backoff: { maxMs: 3_600_000 },
    })
    expect(plan.problems).toEqual([])
    expect(faultsOf(gcpModules(plan))).toEqual([])
  })

  it('is told what Cloud Run does in its own way', () => {
    const { differences } = pull({ drainMs: 20_000 })
    expect(differences.map(({ setting }) => setting)).toContain('functions.billing.policy.drainMs')
  })
})

describe('accounts', () => {
  it('have ids that IAM takes, however long the function is called', () => {
    const [fn] = planOf(withFunction('a-rather-long-name-of-it', {})).functions
    const ids = argumentsOf(modulesOf(withFunction('a-rather-long-name-of-it', {})), 'google_service_account')
    expect(fn?.service).toBe('waybill-dev-a-rather-long-name-of-it')
    expect(ids.map(({ account_id }) => String(account_id))).toEqual([
      expect.stringMatching(/^waybill-dev-a-rathe?r?-?[0-9a-f-]+-run$/),
      expect.stringMatching(/^waybill-dev-a-rathe?r?-?[0-9a-f-]+-push$/),
    ])
    for (const { account_id } of ids) expect(String(account_id).length).toBeLessThanOrEqual(30)
  })
})
