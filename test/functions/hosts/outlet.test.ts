import { expect, test } from '@jest/globals'
import { createEvent, memory, TerminalError } from '../../../adapters/index.ts'
import { lambdaKinesis } from '../../../functions/hosts/lambda-kinesis.ts'
import { kinesisEvent } from '../../platform/index.ts'

test('a sink and a dead letter with one way to open their broker share it', async () => {
  await using opened = memory()
  let opens = 0
  const broker = async () => {
    opens++
    if (opens === 1) throw new Error('not yet')
    return opened
  }
  const context = { getRemainingTimeInMillis: () => 30_000 }
  const called = lambdaKinesis({
    name: 'f',
    sink: { topic: 'results', broker },
    deadLetter: { topic: 'dead', broker },
    handler: (event) => {
      if (event.subject === 'terminal') throw new TerminalError('never')
      return event
    },
  })
  const event = (subject: string) => createEvent({ type: 't', source: '/test', subject })
  const events = kinesisEvent([event('a'), event('terminal')])
  // Opened again after it failed.
  const [first, second] = [await called(events, context), await called(events, context)]
  expect(first.batchItemFailures).toHaveLength(1)
  expect(second.batchItemFailures).toEqual([])
  expect(opens).toBe(2)
})
