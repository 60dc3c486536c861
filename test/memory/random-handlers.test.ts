import { describe, it } from '@jest/globals'
import fc from 'fast-check'
import { TerminalError } from '../../adapters/core/errors.ts'
import type { Context, HandlerResult } from '../../adapters/core/handler.ts'
import type { Observation } from '../../adapters/core/observe.ts'
import { memory } from '../../adapters/memory/index.ts'
import { event } from '../core/events.ts'
import { idle, type ManualClock, manualClock } from '../manual-clock.ts'

/** What a handler does at one attempt. */
type Act = 'return' | 'later' | 'throw' | 'reject' | 'hang' | 'listen' | 'terminate' | 'emit'

interface Published {
  readonly lane: string | undefined
  /** Time since the event before. */
  readonly afterMs: number
  /** What its handler does, attempt by attempt; afterwards it returns. */
  readonly acts: readonly Act[]
}

interface Plan {
  readonly redelivery: 'broker' | 'runner'
  readonly concurrency: number
  readonly events: readonly Published[]
  readonly members: number
  readonly stopAfterMs: number
  readonly drainMs: number
}

const arbAct = fc.constantFrom<Act>(
  'return',
  'return',
  'later',
  'throw',
  'reject',
  'hang',
  'listen',
  'terminate',
  'emit',
)
const arbPlan: fc.Arbitrary<Plan> = fc.record({
  redelivery: fc.constantFrom('broker', 'runner'),
  concurrency: fc.integer({ min: 1, max: 6 }),
  events: fc.array(
    fc.record({
      lane: fc.constantFrom(undefined, 'a', 'b', 'c', 'd'),
      afterMs: fc.constantFrom(0, 0, 0, 10, 60, 300),
      acts: fc.array(arbAct, { maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  members: fc.integer({ min: 1, max: 3 }),
  stopAfterMs: fc.integer({ min: 0, max: 3_000 }),
  drainMs: fc.constantFrom(0, 100, 1_000),
})

const timeoutMs = 500
const policy = { maxAttempts: 3, timeoutMs, backoff: { initialMs: 100, maxMs: 400 } }

function perform(
  act: Act | undefined,
  id: string,
  clock: ManualClock,
  signal: AbortSignal,
): HandlerResult | Promise<HandlerResult> {
  const later = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
  switch (act) {
    case 'later':
      return later(50)
    case 'throw':
      throw new Error('boom')
    case 'reject':
      return later(20).then(() => Promise.reject(new Error('boom')))
    case 'hang':
      return new Promise(() => {})
    case 'listen':
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    case 'terminate':
      throw new TerminalError('never')
    case 'emit':
      return later(10).then(() => [event({ id: `of ${id}` })])
    default:
      return undefined
  }
}

/** Watches a run and throws, with a sentence, as soon as a promise of the library is broken. */
class Referee {
  readonly settled = new Map<string, string>()
  readonly #running = new Map<string, string>()
  readonly #plan: Plan
  broken: string | undefined

  constructor(plan: Plan) {
    this.#plan = plan
  }

  start(id: string, context: Context): void {
    const { lane } = context.delivery
    if (this.settled.has(id)) this.#break(`${id} is handled again after it was ${this.settled.get(id)}`)
    if (context.attempt > policy.maxAttempts) this.#break(`${id} has attempt ${context.attempt}`)
    if (lane === undefined) return
    const other = this.#running.get(lane)
    if (other !== undefined) this.#break(`${id} runs beside ${other} in lane ${lane}`)
    this.#running.set(lane, id)
    // A timed-out or aborted attempt has ended for the library, whatever its handler still does.
    context.signal.addEventListener('abort', () => this.end(id, lane))
    for (let before = 0; before < Number(id); before++) {
      const isEarlier = this.#plan.events[before]?.lane === lane
      if (isEarlier && !this.settled.has(String(before)))
        this.#break(`${id} overtakes ${before} in lane ${lane}`)
    }
  }

  end(id: string, lane: string | undefined): void {
    if (lane !== undefined && this.#running.get(lane) === id) this.#running.delete(lane)
  }

  observe({ kind, delivery }: Observation): void {
    if (kind !== 'handled' && kind !== 'dead-lettered' && kind !== 'dropped') return
    const id = delivery.message.headers['ce-id'] ?? ''
    if (this.settled.has(id)) this.#break(`${id} is ${kind} after it was ${this.settled.get(id)}`)
    this.settled.set(id, kind)
  }

  #break(what: string): void {
    this.broken ??= what
  }
}

async function play(plan: Plan): Promise<void> {
  const clock = manualClock()
  const broker = memory({ redelivery: plan.redelivery, clock, retainCount: 0 })
  const referee = new Referee(plan)
  const attempts = new Map<string, number>()
  const source = { topic: 'in', group: 'g', start: 'earliest' } as const
  const letters: string[] = []
  const emitted: string[] = []
  await broker.ensure({ topics: ['in', 'out'], groups: [source] })
  broker.subscribe({ topic: 'dlq.g', group: 'x' }, ({ id }) => void letters.push(id))
  broker.subscribe({ topic: 'out', group: 'x' }, ({ id }) => void emitted.push(id))

  const subscribe = () =>
    broker.subscribe(
      source,
      async ({ id }, context) => {
        const n = attempts.get(id) ?? 0
        attempts.set(id, n + 1)
        referee.start(id, context)
        try {
          return await perform(plan.events[Number(id)]?.acts[n], id, clock, context.signal)
        } finally {
          referee.end(id, context.delivery.lane)
        }
      },
      {
        policy: { ...policy, concurrency: plan.concurrency, drainMs: plan.drainMs },
        sink: { topic: 'out' },
        observe: (observation) => referee.observe(observation),
      },
    )

  const first = Array.from({ length: plan.members }, subscribe)
  let time = 0
  plan.events.forEach(({ lane, afterMs }, id) => {
    time += afterMs
    const each = event({ id: String(id), ...(lane && { partitionkey: lane }) })
    clock.after(time, () => void broker.publish('in', each))
  })
  await clock.advance(plan.stopAfterMs)
  const closing = Promise.all(first.map((subscription) => subscription.close()))
  await clock.advance(plan.drainMs)
  await within('the first readers close in their time', closing)

  const second = subscribe()
  // Every event of one lane in a row, every attempt timing out, every wait in full.
  await clock.advance(time + plan.events.length * policy.maxAttempts * (timeoutMs + 400))
  if (referee.broken !== undefined) throw new Error(referee.broken)
  const lost = plan.events.flatMap((_, id) => (referee.settled.has(String(id)) ? [] : [id]))
  if (lost.length > 0) throw new Error(`lost: ${lost.join(', ')}`)
  const dead = [...referee.settled].filter(([, kind]) => kind === 'dead-lettered').map(([id]) => id)
  if (letters.sort().join() !== dead.sort().join())
    throw new Error(`dead letters are ${letters}, reported were ${dead}`)
  if (clock.waits.length > 0) throw new Error(`timers are left: ${clock.waits}`)
  const ending = Promise.all([second.close(), broker.close()])
  await clock.advance(0)
  await within('all closes', ending)
}

/** Nothing here takes real time, so a promise that is not kept after a few turns never will be. */
async function within(what: string, promise: Promise<unknown>): Promise<void> {
  let kept = false
  void promise.then(() => {
    kept = true
  })
  await idle()
  if (!kept) throw new Error(`not: ${what}`)
}

describe('random handlers under random concurrency', () => {
  it('never run two at once in a lane, never break its order, lose nothing and settle everything once', async () => {
    await fc.assert(fc.asyncProperty(arbPlan, play), { numRuns: 200 })
  })
})
