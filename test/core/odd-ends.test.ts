import { expect, it } from '@jest/globals'
import { redactUrl } from '../../adapters/core/connect.ts'
import { createBroker } from '../../adapters/core/create-broker.ts'
import { messageOf, TerminalError } from '../../adapters/core/errors.ts'
import { connect } from '../../adapters/index.ts'
import { binding as memoryBinding, memoryDriver } from '../../adapters/memory/index.ts'
import { eventually } from '../eventually.ts'
import { idle, manualClock } from '../manual-clock.ts'
import { event, rejectionOf } from './events.ts'
import { fakeDriver } from './fake-driver.ts'
import { binding, delivery, gate, recordedRunner } from './recorded-runner.ts'

it('an original that is larger than the broker says it takes is dead-lettered, the server decides', async () => {
  const inner = memoryDriver()
  const driver = { ...inner, capabilities: { ...inner.capabilities, maxMessageBytes: 200 } }
  const broker = createBroker({ name: 'x', driver, binding: memoryBinding })
  const letters: string[] = []
  broker.subscribe({ topic: 'dlq.g', group: 'd' }, ({ id }) => void letters.push(id))
  broker.subscribe(
    { topic: 'orders', group: 'g' },
    () => {
      throw new TerminalError('x')
    },
    { policy: { drainMs: 0, backoff: { initialMs: 1, maxMs: 1 } } },
  )
  await inner.send('orders', [memoryBinding.encode(event({ id: 'big', data: 'x'.repeat(1_000) }))])
  await eventually('the dead letter', () => letters.length > 0, 500).finally(() => broker.close())
})

it('a driver that answers once it is told to stop leaves no timer behind', async () => {
  const driver = fakeDriver()
  const clock = manualClock()
  const broker = createBroker({ name: 'fake', driver, binding, clock, flushMs: 100 })
  const publishing = broker.publish('orders', event())
  await idle()
  const closing = broker.close()
  await clock.advance(100)
  driver.calls[0]?.answer()
  await Promise.all([closing, publishing])
  expect(clock.waits).toEqual([])
})

it('a stream that is abandoned while the sink takes nothing runs its finally', async () => {
  const sink = gate()
  let closed = false
  const run = recordedRunner(
    async function* () {
      try {
        for (let n = 0; n < 1_000; n++) yield event()
      } finally {
        closed = true
      }
    },
    { emit: () => sink.passed },
  )
  const done = run.deliver([delivery('1')])
  await idle()
  run.abort.abort()
  expect(await done).toEqual([{ kind: 'release' }])
  await idle()
  const atOnce = closed
  sink.open()
  await idle()
  expect({ atOnce, afterwards: closed }).toEqual({ atOnce: true, afterwards: true })
})

it('a generator whose finally throws does not hide why it was ended', async () => {
  const run = recordedRunner(function* () {
    try {
      yield JSON.parse('5')
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
      throw new Error('in finally')
    }
  })
  expect(await run.deliver([delivery('1')])).toMatchObject([
    { kind: 'term', cause: { code: 'ERR_TERMINAL' } },
  ])
})

it.each(['mem://host;password=SECRET'])('%s is not shown', async (url) => {
  expect(redactUrl(url)).not.toContain('SECRET')
  expect(messageOf(await rejectionOf(connect(url)))).not.toContain('SECRET')
})
