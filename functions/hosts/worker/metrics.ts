import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Observation } from '../../../adapters/core/observe.ts'
import type { Counts } from '../counts.ts'
import type { FunctionStatus } from '../worker.ts'

/** What a function did, in the text format of Prometheus. */
export interface Metrics {
  /** To be given to the worker as its `observe`. */
  readonly observe: (name: string, observation: Observation) => void
  readonly contentType: string
  text(status: readonly FunctionStatus[]): Promise<string>
}

type CountName = Exclude<keyof Counts, 'inFlight' | 'lagMs'>

const counters: Readonly<Record<CountName, readonly [name: string, help: string]>> = {
  received: ['received', 'Deliveries taken; one that the broker repeats counts again.'],
  handled: ['handled', 'Events that the handler settled.'],
  retried: ['retried', 'Failed attempts that another follows.'],
  deadLettered: ['dead_lettered', 'Events that went to the dead letter.'],
  dropped: ['dropped', 'Events given up without a dead letter, as the policy says.'],
  released: ['released', 'Deliveries given back to the broker, untried or unfinished.'],
  emitted: ['emitted', 'Events published to the sink.'],
}
const labelNames = ['function'] as const

/** Counters are read off the worker when they are asked for; only the duration is noted at each event. */
export function workerMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const duration = new Histogram({
    name: 'waybill_handling_seconds',
    help: 'Time of successful attempts, with publishing what they returned.',
    labelNames,
    registers,
  })
  const timers = new Map<string, Histogram.Internal<'function'>>()
  const inFlight = new Gauge({
    name: 'waybill_in_flight',
    help: 'Deliveries taken and not settled yet.',
    labelNames,
    registers,
  })
  const lag = new Gauge({
    name: 'waybill_lag_seconds',
    help: 'How far the function is behind; 0 once all is settled and nothing came for 10 s.',
    labelNames,
    registers,
  })
  const up = new Gauge({
    name: 'waybill_function_up',
    help: '1 while the function reads, 0 once it has ended.',
    labelNames,
    registers,
  })
  const totals = Object.entries(counters).map(([count, [name, help]]) => ({
    count,
    counter: new Counter({ name: `waybill_${name}_total`, help, labelNames, registers }),
  }))

  function observe(name: string, observation: Observation): void {
    if (observation.kind !== 'handled') return
    let timer = timers.get(name)
    if (timer === undefined) {
      timer = duration.labels(name)
      timers.set(name, timer)
    }
    timer.observe(observation.durationMs / 1_000)
  }

  async function text(status: readonly FunctionStatus[]): Promise<string> {
    for (const { counter } of totals) counter.reset()
    for (const each of status) {
      const labels = { function: each.name }
      for (const { count, counter } of totals) if (isCount(count)) counter.inc(labels, each[count])
      inFlight.set(labels, each.inFlight)
      if (each.lagMs !== undefined) lag.set(labels, each.lagMs / 1_000)
      up.set(labels, each.state === 'running' ? 1 : 0)
    }
    return registry.metrics()
  }

  return { observe, contentType: registry.contentType, text }
}

function isCount(name: string): name is CountName {
  return Object.hasOwn(counters, name)
}
