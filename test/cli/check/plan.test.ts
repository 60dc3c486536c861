import { expect, test } from '@jest/globals'
import { type Broker, memory } from '../../../adapters/index.ts'
import { planOf } from '../../../cli/check/plan.ts'
import { resolveConfig } from '../../../cli/config/index.ts'

test('a plan does not start where the broker cannot', () => {
  const whole = memory()
  const broker: Broker = {
    ...whole,
    name: 'live',
    capabilities: { ...whole.capabilities, replay: ['latest'] },
  }
  const plan = (start: unknown) =>
    planOf(
      resolveConfig({
        brokers: { main: 'memory://' },
        functions: { f: { handler: 'f.ts', source: { topic: 't', start } } },
      }),
      new Map([['main', broker]]),
    )
  expect(plan('latest').functions[0]?.source.start).toBe('latest')
  expect(plan(undefined).functions[0]?.source.start).toBeUndefined()
  for (const [start, kind] of [
    ['earliest', 'earliest'],
    [{ time: 5 }, 'time'],
    [{ position: '5' }, 'position'],
  ]) {
    expect(() => plan(start)).toThrow(
      `[waybill] functions.f.source.start: a live broker cannot start from ${kind}: use latest`,
    )
  }
})

test('a plan reads from no broker that only emits', () => {
  const whole = memory()
  const sink: Broker = { ...whole, name: 'http', capabilities: { ...whole.capabilities, emitOnly: true } }
  const config = resolveConfig({
    brokers: { main: 'memory://', hook: 'https://hook.example' },
    functions: { f: { handler: 'f.ts', source: { broker: 'hook', topic: 't' } } },
  })
  const connected = new Map([
    ['main', whole],
    ['hook', sink],
  ])
  expect(() => planOf(config, connected)).toThrow(
    '[waybill] functions.f.source.broker: "hook" is a sink (http), which only emits: read from another broker',
  )
})
