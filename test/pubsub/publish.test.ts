import { expect, it } from '@jest/globals'
import type { SendResult } from '../../adapters/core/driver.ts'
import type { Message } from '../../adapters/core/message.ts'
import type { Requests } from '../../adapters/pubsub/api.ts'
import { createSend, largestMessage } from '../../adapters/pubsub/publish.ts'
import { fakeRequests, statusError } from './fake-requests.ts'

const message = (text: string, key?: string): Message => ({ body: Buffer.from(text), headers: {}, key })

/** Notes each request, and answers it by what its messages say. */
function noting(answer: (texts: readonly string[]) => Error | undefined = () => undefined) {
  const requests: string[] = []
  const publish: Requests['publish'] = async (topic, messages) => {
    const texts = messages.map(({ data }) => String(data))
    requests.push(`${topic} ${messages[0]?.orderingKey ?? '-'} ${texts.join(' ')}`)
    const error = answer(texts)
    if (error !== undefined) throw error
    return texts.map((text) => `id-${text}`)
  }
  return { requests, send: createSend(fakeRequests({ publish })) }
}

function codes(results: readonly SendResult[]): readonly unknown[] {
  return results.map((result) =>
    'error' in result ? [Object(result.error).code, result.retryable] : result.position,
  )
}

it('sends the messages of a key in one request, and those of other keys beside it', async () => {
  const { requests, send } = noting()
  const results = await send('orders', [
    message('1', 'a'),
    message('2', 'b'),
    message('3', 'a'),
    message('4'),
    message('5'),
  ])
  expect(requests).toEqual([
    'projects/p/topics/orders a 1 3',
    'projects/p/topics/orders b 2',
    'projects/p/topics/orders - 4 5',
  ])
  expect(results).toEqual([
    { position: 'id-1', lane: 'a' },
    { position: 'id-2', lane: 'b' },
    { position: 'id-3', lane: 'a' },
    { position: 'id-4', lane: undefined },
    { position: 'id-5', lane: undefined },
  ])
})

it('finds the message that the schema refuses; of its key, what follows is held back', async () => {
  const invalid = statusError(3, 'Invalid data in message: Message failed schema validation.')
  const { send } = noting((texts) => (texts.includes('bad') ? invalid : undefined))
  const texts = ['1', '2', 'bad', '3', '4']
  const results = await send('orders', [
    ...texts.map((text) => message(text, 'a')),
    ...texts.map((text) => message(text)),
  ])
  expect(codes(results)).toEqual([
    'id-1',
    'id-2',
    ['ERR_PUBLISH', false],
    ['ERR_PUBLISH', false],
    ['ERR_PUBLISH', false],
    'id-1',
    'id-2',
    ['ERR_PUBLISH', false],
    'id-3',
    'id-4',
  ])
  expect(results[2]).toMatchObject({
    error: { message: expect.stringContaining('see the schema of the topic') },
  })
  expect(results[3]).toMatchObject({ tried: false })
})

it('splits what is larger than a request, and sends no later part of a key after a failure', async () => {
  const down = statusError(14, 'connection reset')
  const { requests, send } = noting(() => down)
  const large = (key: string) => ({ body: new Uint8Array(6_000_000), headers: {}, key })
  const results = await send('orders', [large('a'), large('a'), large('b')])
  expect(requests).toHaveLength(2)
  expect(codes(results)).toEqual([
    ['ERR_TIMEOUT', true],
    ['ERR_PUBLISH', true],
    ['ERR_TIMEOUT', true],
  ])
})

it('refuses itself what the emulator would take or choke on, and sends the others', async () => {
  const { requests, send } = noting()
  const results = await send('orders', [
    message('1'),
    { body: new Uint8Array(2 * largestMessage), headers: {} },
    message('2'),
  ])
  expect(codes(results)).toEqual(['id-1', ['ERR_TOO_LARGE', false], 'id-2'])
  expect(requests).toEqual(['projects/p/topics/orders - 1', 'projects/p/topics/orders - 2'])
})

it.each([
  [7, 'ERR_CONFIG', 'pubsub.topics.publish'],
  [16, 'ERR_CONFIG', 'Application Default Credentials'],
  [5, 'ERR_NOT_FOUND', 'create the topic first'],
  [8, 'ERR_PUBLISH', 'quota'],
])('says what is missing where the service answers %d', async (status, code, words) => {
  const { send } = noting(() => statusError(status, 'told by the service'))
  const [result] = await send('orders', [message('1')])
  expect(result).toMatchObject({
    error: { code, message: expect.stringContaining(words) },
    retryable: status === 8,
  })
})

it('refuses a topic whose name Pub/Sub does not take, before anything is sent', async () => {
  const { requests, send } = noting()
  await expect(send('my orders', [message('1')])).rejects.toMatchObject({ code: 'ERR_CONFIG' })
  await expect(send('google-orders', [message('1')])).rejects.toThrow('not goog at the beginning')
  expect(requests).toEqual([])
})
