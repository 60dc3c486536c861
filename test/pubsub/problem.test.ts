import { expect, test } from '@jest/globals'
import { problemOf } from '../../adapters/pubsub/problem.ts'

test('where nothing answers, what the client says is told without what it leaves open', () => {
  const unavailable = Object.assign(new Error('14 UNAVAILABLE'), {
    code: 14,
    details:
      'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1. Resolution note: ',
  })
  const request = { what: 'publishing to "orders"', permission: 'none', address: '127.0.0.1:1' }
  expect(problemOf(unavailable, request).message).toBe(
    '[pubsub] publishing to "orders": 127.0.0.1:1 does not answer ' +
      '(No connection established, last: connect ECONNREFUSED 127.0.0.1:1): check address and network',
  )
})
