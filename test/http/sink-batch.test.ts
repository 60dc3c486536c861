import { describe, expect, it } from '@jest/globals'
import { decodeJsonBatch, jsonBatchMediaType } from '../../adapters/core/json.ts'
import type { Message } from '../../adapters/core/message.ts'
import { http, httpDriver } from '../../adapters/http/index.ts'
import { bytesOf, event } from '../core/events.ts'
import { message, structured, summary } from './messages.ts'
import { answering, behaviours, type Received, receiver } from './receiver.ts'

function idsOf({ headers, body }: Received): readonly string[] {
  if (!headers['content-type']?.startsWith('application/cloudevents-batch+json')) return ['alone']
  return decodeJsonBatch(bytesOf(body)).map(({ id }) => id)
}

function options(url: string, more: object = {}) {
  return { url, batch: 3, mode: 'structured' as const, ...more }
}

describe('a batch', () => {
  it('is what neighbours travel in, in their order', async () => {
    await using server = await receiver()
    await using sink = http(options(server.url, { concurrency: 1 }))
    const events = ['1', '2', '3', '4', '5', '6', '7'].map((id) => event({ id, data: { ü: id } }))
    expect(await sink.publish('t', events)).toEqual(events.map(() => ({})))
    expect(server.requests.map(idsOf)).toEqual([['1', '2', '3'], ['4', '5', '6'], ['alone']])
    expect(server.requests[0]?.headers['content-type']).toBe(jsonBatchMediaType)
    expect(decodeJsonBatch(bytesOf(server.requests[0]?.body ?? ''))[1]).toMatchObject({ data: { ü: '2' } })
  })

  it('is never sent unasked', async () => {
    await using server = await receiver()
    await httpDriver({ url: server.url, mode: 'structured' }).send('t', [structured('1'), structured('2')])
    expect(server.requests.map(idsOf)).toEqual([['alone'], ['alone']])
  })

  it('takes no message that is no structured event, or has headers of its own', async () => {
    await using server = await receiver()
    const own: Message = { ...structured('3'), headers: { ...structured('3').headers, 'x-own': '1' } }
    const messages = [
      structured('1'),
      message('2'),
      own,
      structured('4'),
      structured('5'),
      { body: null, headers: {} },
    ]
    await httpDriver(options(server.url, { concurrency: 1 })).send('t', messages)
    expect(server.requests.map(idsOf)).toEqual([['alone'], ['alone'], ['alone'], ['4', '5'], ['alone']])
  })

  it('grows no larger than a message may be', async () => {
    await using server = await receiver()
    const one = structured('1').body?.length ?? 0
    const driver = httpDriver(options(server.url, { concurrency: 1, maxMessageBytes: 2 * one + 3 }))
    await driver.send(
      't',
      ['1', '2', '3', '4', '5'].map((id) => structured(id)),
    )
    expect(server.requests.map(idsOf)).toEqual([['1', '2'], ['3', '4'], ['alone']])
    expect(server.requests[0]?.headers['content-length']).toBe(String(2 * one + 3))
  })

  it('has one answer for all its records, which holds back later records of each of their keys', async () => {
    await using server = await receiver((_, index) => (index === 0 ? answering(500) : behaviours.accept))
    const keys = ['a', 'b', 'c', 'x', 'b', 'x', 'y']
    const results = await httpDriver(options(server.url)).send(
      't',
      keys.map((key, i) => structured(String(i), key)),
    )
    const retry = 'ERR_PUBLISH retry'
    expect(results.map(summary)).toEqual([retry, retry, retry, retry, retry, retry, 'ok'])
  })
})
