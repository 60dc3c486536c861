import { afterEach, describe, expect, it } from '@jest/globals'
import { type Broker, createEvent, memory } from '../../../adapters/index.ts'
import {
  type Endpoints,
  type EndpointsOptions,
  serveEndpoints,
} from '../../../functions/hosts/worker/endpoints.ts'
import { progress } from '../../../functions/hosts/worker/progress.ts'
import { startWorker, type WorkerFunction } from '../../../functions/hosts/worker.ts'
import { delivery } from '../../core/recorded-runner.ts'
import { eventually } from '../../eventually.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function endpoints(options: Partial<EndpointsOptions> = {}): Promise<Endpoints> {
  const made = await serveEndpoints({ port: 0, hostname: '127.0.0.1', ...options })
  open.push(made)
  return made
}

function run(
  served: Endpoints,
  each: Omit<WorkerFunction, 'name' | 'broker' | 'source'>,
  broker: Broker = memory(),
) {
  open.push(broker)
  const source = { topic: 't', group: 'g' }
  const worker = startWorker({ functions: [{ name: 'f', broker, source, ...each }], observe: served.observe })
  worker.done.catch(() => {})
  open.push(worker)
  served.attach(worker, [broker])
  return { broker, worker }
}

async function ask(served: Endpoints, path: string): Promise<string> {
  const response = await fetch(served.url + path)
  return `${response.status} ${(await response.text()).trim()}`
}

function event() {
  return createEvent({ type: 'test', source: '/test', data: 1 })
}

describe('what a worker answers to its platform', () => {
  it('is alive and not ready until the functions run', async () => {
    const served = await endpoints()
    expect(await ask(served, '/livez')).toBe('200 ok')
    expect(await ask(served, '/readyz')).toBe('503 starting')
  })

  it('is ready while they run, and not once it drains', async () => {
    const served = await endpoints()
    run(served, { handler: () => {} })
    expect(await ask(served, '/readyz')).toBe('200 ok')
    served.drain()
    expect(await ask(served, '/readyz')).toBe('503 draining')
    expect(await ask(served, '/livez')).toBe('200 ok')
  })

  it('is not ready while a broker does not answer', async () => {
    const served = await endpoints({ pingMs: 20 })
    const silent = memory()
    run(served, { handler: () => {} }, { ...silent, ping: () => new Promise(() => {}) })
    expect(await ask(served, '/readyz')).toBe('503 broker memory does not answer in 20 ms')
  })

  it('is not alive once a function has ended by itself', async () => {
    const served = await endpoints()
    const broken = memory()
    const failing: Broker = {
      ...broken,
      subscribe: (...parts) => {
        const subscription = broken.subscribe(...parts)
        return { ...subscription, done: Promise.reject(new Error('the group is gone')) }
      },
    }
    run(served, { handler: () => {} }, failing)
    expect(await ask(served, '/livez')).toBe('503 function f has failed: the group is gone')
  })

  it('is not alive while a function holds events and settles none', async () => {
    const served = await endpoints({ stalledMs: 30 })
    let begun = false
    let finish = () => {}
    const { broker } = run(served, {
      handler: () => {
        begun = true
        return new Promise<void>((resolve) => {
          finish = resolve
        })
      },
    })
    await broker.publish('t', event())
    await eventually('the handler', () => begun)
    expect(await ask(served, '/livez')).toBe('200 ok')
    let answer = ''
    const deadline = Date.now() + 5_000
    while (!answer.startsWith('503') && Date.now() < deadline) answer = await ask(served, '/livez')
    expect(answer).toBe('503 function f has settled nothing for 30 ms')
    finish()
  })

  it('is alive while a function that had nothing to do for long holds its first event', async () => {
    let now = 0
    const moves = progress(() => now)
    const taken = { kind: 'received', delivery: delivery('1'), lagMs: undefined } as const
    moves.observe('f', taken)
    moves.observe('f', { kind: 'released', delivery: taken.delivery })
    now = 1_000
    moves.observe('f', taken)
    const [idle] = run(await endpoints(), { handler: () => {} }).worker.status()
    if (idle === undefined) throw new Error('no status')
    const status = { ...idle, inFlight: 1 }
    expect(moves.stalled([status], 30)).toEqual([])
    now = 2_000
    expect(moves.stalled([status], 30)).toEqual(['f'])
  })

  it('answers paths that are no URL', async () => {
    const served = await endpoints()
    expect(await ask(served, '//')).toBe('404 there are /livez, /readyz and /metrics')
    expect(await ask(served, '/livez?verbose')).toBe('200 ok')
  })

  it('answers 500 where a broker cannot even be asked', async () => {
    const served = await endpoints()
    const ping = () => {
      throw new Error('no ping')
    }
    run(served, { handler: () => {} }, { ...memory(), ping })
    expect(await ask(served, '/readyz')).toBe('500 no ping')
  })

  it('shows what each function did, as Prometheus reads it', async () => {
    const served = await endpoints()
    let attempts = 0
    const { broker, worker } = run(served, {
      handler: () => {
        if (++attempts === 2) throw new Error('once')
      },
      policy: { backoff: { initialMs: 1 } },
    })
    await broker.publish('t', [event(), event(), event()])
    await eventually('three events', () => worker.status()[0]?.handled === 3)
    const text = await ask(served, '/metrics')
    for (const line of [
      'waybill_handled_total{function="f"} 3',
      'waybill_retried_total{function="f"} 1',
      'waybill_dead_lettered_total{function="f"} 0',
      'waybill_in_flight{function="f"} 0',
      'waybill_function_up{function="f"} 1',
      'waybill_handling_seconds_count{function="f"} 3',
    ])
      expect(text).toContain(line)
    expect(await ask(served, '/metrics')).toContain('waybill_handled_total{function="f"} 3')
    expect(text).toContain('waybill_lag_seconds{function="f"}')
  })

  it('says what there is to ask', async () => {
    expect(await ask(await endpoints(), '/health')).toBe('404 there are /livez, /readyz and /metrics')
  })

  it('says which port it cannot have', async () => {
    const { port } = new URL((await endpoints()).url)
    await expect(endpoints({ port: Number(port) })).rejects.toThrow(`[worker] port ${port} cannot be had`)
  })
})
