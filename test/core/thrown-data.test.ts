import { expect, it } from '@jest/globals'
import { delivery, recordedRunner } from './recorded-runner.ts'

it.each([
  ['an object', { card: '4111111111111111' }],
  ['a list', ['4111111111111111']],
  ['a function', function card4111111111111111() {}],
])('what %s that is thrown holds is told neither in the log nor in the dead letter', async (_, thrown) => {
  const run = recordedRunner(
    () => {
      throw thrown
    },
    { policy: { maxAttempts: 2 } },
  )
  await run.deliver([delivery('1')])
  await run.deliver([delivery('1', { attempt: 2 })])
  expect(run.log).toHaveLength(2)
  expect(JSON.stringify(run.log)).not.toContain('4111')
  expect(JSON.stringify(run.log)).toContain('throw an Error that says why')
})
