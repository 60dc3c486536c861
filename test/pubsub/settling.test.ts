import { expect, it } from '@jest/globals'
import { Settling } from '../../adapters/pubsub/settling.ts'
import { fakeRequests, statusError } from './fake-requests.ts'

const subscription = 'projects/p/subscriptions/orders+g'
const invalid = 'PERMANENT_FAILURE_INVALID_ACK_ID'
const soon = 'TRANSIENT_FAILURE_INTERNAL'

/** Settles three messages where the service answers with these errors, one a request, and then with success. */
async function settle(...errors: readonly Error[]) {
  const left = [...errors]
  const asked: string[] = []
  const counts: unknown[] = []
  let losses = 0
  const refuse = (ackIds: readonly string[]) => {
    asked.push(ackIds.join(' '))
    const error = left.shift()
    if (error !== undefined) throw error
  }
  const settling = new Settling({
    api: fakeRequests({
      acknowledge: async (_, ackIds) => refuse(ackIds),
      modifyAckDeadline: async (_, ackIds) => refuse(ackIds),
    }),
    subscription,
    ackDeadlineMs: 10_000,
    log: (_, fields) => counts.push({ ...fields }),
    onLost: () => losses++,
  })
  return {
    settling,
    asked,
    counts,
    lossesOf: () => losses,
    async acknowledged() {
      for (const ackId of ['1', '2', '3']) settling.acknowledge(ackId)
      await settling.idle()
    },
  }
}

const failed = (errorInfoMetadata: object) => statusError(9, 'Some acks failed', { errorInfoMetadata })

it('tells of the messages that are lost, not of those that succeeded or are tried again', async () => {
  const { acknowledged, asked, counts } = await settle(failed({ 1: invalid, 2: soon }))
  await acknowledged()
  expect(asked).toEqual(['1 2 3', '2'])
  expect(counts).toMatchObject([{ count: 1 }])
})

it('tells of nothing where what failed may be tried again', async () => {
  const { acknowledged, asked, counts } = await settle(failed({ 2: soon }))
  await acknowledged()
  expect(asked).toEqual(['1 2 3', '2'])
  expect(counts).toEqual([])
})

it('tells of all where the request is refused', async () => {
  const { acknowledged, asked, counts } = await settle(statusError(7, 'User not authorized'))
  await acknowledged()
  expect(asked).toEqual(['1 2 3'])
  expect(counts).toMatchObject([{ count: 3 }])
})

it('takes details that name no message for what they are: the request may pass, and no lease is over', async () => {
  const details = { errorInfoMetadata: { service: 'pubsub.googleapis.com' } }
  const overloaded = statusError(14, 'The service was unable to fulfill your request', details)
  const { acknowledged, settling, asked, counts, lossesOf } = await settle(overloaded, overloaded)
  await acknowledged()
  expect(asked).toEqual(['1 2 3', '1 2 3', '1 2 3'])
  expect(counts).toEqual([])
  const second = await settle(overloaded)
  expect(await second.settling.keep(['1'])).toBe(false)
  expect([second.lossesOf(), lossesOf()]).toEqual([0, 0])
  expect(await settling.keep(['1'])).toBe(true)
})
