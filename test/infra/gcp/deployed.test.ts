import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { z } from 'zod'
import { createEvent } from '../../../adapters/index.ts'
import { pubsub } from '../../../adapters/pubsub/index.ts'
import { loadConfig } from '../../../cli/config/index.ts'
import { type LocalServer, startServer } from '../../../dev/index.ts'
import { until } from '../../../dev/until.ts'
import { gcpModules } from '../../../infra/gcp/app.ts'
import { imageSources } from '../../../infra/gcp/bundles.ts'
import { type PubsubPlan, pubsubPlan } from '../../../infra/gcp/plan.ts'
import { blocksOf } from '../../../infra/gcp/terraform-json.ts'
import { placed } from '../../../infra/place.ts'
import { stageOf } from '../../../infra/stage.ts'
import { freePort, noting, startBundle } from '../../cli/build/project.ts'
import { folder } from '../../cli/folder.ts'
import { describeWith } from '../../dev/available.ts'
import { apply, ask } from './emulator.ts'

const project = `waybill-${Date.now().toString(36)}`

const doubling = `
import { derive } from 'waybill'

export const handler = (event) => {
  console.log('tried ' + event.id + '.')
  if (event.subject === 'fails') throw new Error('not yet')
  return derive(event, { id: event.id + '/2', data: 2 * event.data })
}
`

const pulled = z.object({
  receivedMessages: z
    .array(
      z.object({ message: z.object({ attributes: z.record(z.string(), z.string()), data: z.string() }) }),
    )
    .default([]),
})

const wait = { deadlineMs: 40_000, signal: new AbortController().signal, everyMs: 200 }

await describeWith('pubsub', 'what is deployed to Pub/Sub and Cloud Run', () => {
  const made = folder({
    'package.json': '{ "type": "module" }',
    'double.ts': doubling,
    'note.ts': noting,
    'waybill.config.ts': `export default {
      // In order, the emulator tries five times and forwards nothing; the service does.
      brokers: { main: 'pubsub://${project}?ordered=false', kept: 'pubsub://${project}' },
      functions: {
        double: {
          handler: './double.ts',
          source: { broker: 'main', topic: 'numbers' },
          sink: { broker: 'kept', topic: 'doubled' },
          policy: { maxAttempts: 5, backoff: { initialMs: 1_000, maxMs: 1_000 } },
        },
        note: { handler: './note.ts', options: { word: 'noted' }, source: { broker: 'kept', topic: 'doubled' } },
      },
      infra: {
        functions: { note: { delivery: 'pull' } },
        pubsub: { region: 'europe-west1' },
      },
    }`,
  })
  const running = new Map<string, ReturnType<typeof startBundle>>()
  let server: LocalServer
  let plan: PubsubPlan

  /** Starts the bundles with the environment of the module, and nothing else but where the emulator is. */
  async function startAll(): Promise<void> {
    const placement = placed(await loadConfig({ cwd: made.path }), 'pubsub')
    plan = pubsubPlan(placement, stageOf(placement.config.infra))
    const modules = gcpModules(plan)
    const sources = await imageSources(placement, plan, join(made.path, 'out'))
    const ports = new Map<string, string>()
    for (const { service } of plan.functions) ports.set(service, await freePort())
    const url = (service: string) => `http://127.0.0.1:${ports.get(service)}`
    const services = Object.fromEntries(plan.functions.map(({ service }) => [service, url(service)]))
    await apply(server.address, project, modules, services)
    const containers = z.object({
      name: z.string(),
      template: z.object({
        containers: z.array(z.object({ env: z.array(z.object({ name: z.string(), value: z.string() })) })),
      }),
    })
    for (const { type, arguments: given } of blocksOf(modules)) {
      if (!/^google_cloud_run_v2_(service|worker_pool)$/.test(type)) continue
      const { name, template } = containers.parse(given)
      const fn = plan.functions.find(({ service }) => service === name)?.config.name ?? ''
      const env = template.containers.flatMap((each) => each.env).map((each) => [each.name, each.value])
      const place = sources.find((source) => source.name === fn)?.folder ?? ''
      const own = { ...server.variables, ...Object.fromEntries(env), PORT: ports.get(name) ?? '' }
      running.set(fn, startBundle(join(place, 'index.mjs'), own))
    }
    await until(async () => {
      const answer = await fetch(url('waybill-dev-double'), { signal: AbortSignal.timeout(1_000) })
      if (!answer.ok) throw new Error(`${answer.status}: ${running.get('double')?.said()}`)
    }, wait)
  }

  const saidBy = (name: string) => running.get(name)?.said() ?? ''

  beforeAll(async () => {
    server = await startServer('pubsub')
    await startAll()
  }, 120_000)

  afterAll(async () => {
    for (const { child, ended } of running.values()) {
      child.kill('SIGKILL')
      await ended
    }
    await server?.stop()
    made.remove()
  }, 20_000)

  it('handles an event, tries one that fails five times, and keeps it in the subscription of dead letters', async () => {
    const event = { type: 'number', source: '/test', data: 21 }
    await using broker = await pubsub({ project, endpoint: server.address })
    await broker.publish('numbers', [
      createEvent({ ...event, id: 'good' }),
      createEvent({ ...event, id: 'bad', subject: 'fails' }),
    ])
    const kept: z.output<typeof pulled>['receivedMessages'] = []
    await until(async () => {
      const path = `projects/${project}/subscriptions/dlq.double+redrive:pull`
      const found = await ask(server.address, 'POST', path, {
        // A request that waits and is given up would take a message along.
        maxMessages: 10,
        returnImmediately: true,
      })
      kept.push(...pulled.parse(found).receivedMessages)
      if (kept.length === 0) throw new Error(`no dead letter yet: ${saidBy('double')}`)
    }, wait)
    expect(kept.map(({ message }) => message)).toEqual([
      {
        data: Buffer.from('21').toString('base64'),
        attributes: expect.objectContaining({
          'ce-id': 'bad',
          'ce-type': 'number',
          'ce-source': '/test',
          CloudPubSubDeadLetterSourceSubscription: 'numbers+double',
        }),
      },
    ])
    expect(saidBy('double').match(/tried bad\./g)).toHaveLength(5)
    expect(saidBy('double').match(/tried good\./g)).toHaveLength(1)
  }, 60_000)

  it('brings what was handled to the worker that pulls', async () => {
    await until(async () => {
      if (!saidBy('note').includes('noted good/2')) throw new Error(saidBy('note'))
    }, wait)
    expect(saidBy('note')).not.toContain('"level":"error"')
  }, 60_000)
})
