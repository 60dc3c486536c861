import { describe, expect, it } from '@jest/globals'
import { httpDriver } from '../../adapters/http/index.ts'
import { eventually } from '../eventually.ts'
import { manualClock } from '../manual-clock.ts'
import { errorOf, message, summary } from './messages.ts'
import { answering, type Behave, behaviours, type Received, receiver } from './receiver.ts'

const origin = 'orders.example.com'

/** A receiver that answers OPTIONS with these headers and accepts deliveries. */
function consenting(headers: Record<string, string>, status = 200): (request: Received) => Behave {
  return ({ method }) => (method === 'OPTIONS' ? answering(status, headers) : behaviours.accept)
}

describe('the handshake', () => {
  it('asks at the exact address before the first delivery, once, and every delivery repeats the origin', async () => {
    await using server = await receiver(consenting({ 'WebHook-Allowed-Origin': origin }))
    const driver = httpDriver({
      url: `${server.url}/hook?a=b`,
      handshake: { origin },
      tokenEnv: 'T',
      env: { T: 'abc' },
    })
    await Promise.all([driver.send('t', [message('1'), message('2')]), driver.send('u', [message('3')])])
    await driver.send('t', [message('4')])
    const [first, ...deliveries] = server.requests
    expect(first).toMatchObject({ method: 'OPTIONS', path: '/hook?a=b' })
    expect(first?.headers).toMatchObject({ 'webhook-request-origin': origin, authorization: 'Bearer abc' })
    expect(first?.headers).not.toHaveProperty('webhook-request-rate')
    expect(deliveries).toHaveLength(4)
    for (const { method, headers } of deliveries)
      expect([method, headers['webhook-request-origin']]).toEqual(['POST', origin])
  })

  it('asks at each address of its own', async () => {
    await using server = await receiver(consenting({ 'WebHook-Allowed-Origin': '*' }))
    const driver = httpDriver({ url: `${server.url}/{topic}`, handshake: { origin } })
    await driver.send('a', [message('1')])
    await driver.send('b', [message('2')])
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'OPTIONS /a',
      'POST /a',
      'OPTIONS /b',
      'POST /b',
    ])
  })

  it('does not happen unasked', async () => {
    await using server = await receiver()
    await httpDriver({ url: server.url }).send('t', [message('1')])
    expect(server.requests.map(({ method }) => method)).toEqual(['POST'])
    expect(server.requests[0]?.headers).not.toHaveProperty('webhook-request-origin')
  })

  it.each<[string, Record<string, string>, number, string, string]>([
    [
      'no header',
      {},
      200,
      'ERR_PUBLISH',
      '(status 200) gave no permission: ask its owner, or leave out "handshake"',
    ],
    ['no header', {}, 405, 'ERR_PUBLISH', '(status 405) gave no permission'],
    ['no header', { location: '/' }, 302, 'ERR_PUBLISH', '(status 302) gave no permission'],
    ['no header for now', {}, 503, 'ERR_PUBLISH retry', '(status 503) gave no permission'],
    [
      'another origin',
      { 'webhook-allowed-origin': 'canary' },
      200,
      'ERR_PUBLISH',
      'permits another origin than orders.example.com',
    ],
    ['several', { 'webhook-allowed-origin': `${origin}, *` }, 200, 'ERR_PUBLISH', 'permits another origin'],
    [
      'a rate of nonsense',
      { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '0' },
      200,
      'ERR_PUBLISH',
      'no rate that can be read',
    ],
  ])('sends nothing after %s (%j, %s)', async (_, headers, status, expected, text) => {
    await using server = await receiver(consenting(headers, status))
    const results = await httpDriver({ url: `${server.url}/hook`, handshake: { origin } }).send('t', [
      message('1'),
      message('2'),
    ])
    expect(results.map(summary)).toEqual([expected, expected])
    expect(errorOf(results[0])).toContain(`[http] OPTIONS ${new URL(server.url).host}/hook `)
    expect(errorOf(results[0])).toContain(text)
    expect(errorOf(results[0])).not.toContain('canary')
    expect(server.requests.map(({ method }) => method)).toEqual(['OPTIONS'])
  })

  it.each([200, 204, 403, 404, 500])(
    'takes the header alone for consent, whatever the status: %s',
    async (status) => {
      await using server = await receiver(
        consenting({ 'webhook-allowed-origin': origin.toUpperCase() }, status),
      )
      const driver = httpDriver({ url: server.url, handshake: { origin } })
      expect((await driver.send('t', [message('1')])).map(summary)).toEqual(['ok'])
    },
  )

  it('needs a rate where it asked for one', async () => {
    await using server = await receiver(consenting({ 'webhook-allowed-origin': '*' }))
    const driver = httpDriver({ url: server.url, handshake: { origin, ratePerMinute: 120 } })
    const [result] = await driver.send('t', [message('1')])
    expect(server.requests[0]?.headers['webhook-request-rate']).toBe('120')
    expect(errorOf(result)).toContain(
      'permits the origin but no rate that can be read: ask its owner, or leave out "ratePerMinute"',
    )
  })

  it('obeys the rate that it got', async () => {
    await using server = await receiver(
      consenting({ 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '60' }),
    )
    const clock = manualClock()
    const driver = httpDriver({ url: server.url, clock, handshake: { origin, ratePerMinute: 120 } })
    const sending = driver.send('t', [message('1'), message('2'), message('3')])
    await eventually('the first', () => server.accepted.length === 1 && clock.waits.length === 2)
    expect(clock.waits).toEqual([1_000, 2_000])
    await clock.advance(999)
    expect(server.requests).toHaveLength(2)
    await clock.advance(1)
    await eventually('the second', () => server.accepted.length === 2 && clock.waits.length === 1)
    await clock.advance(1_000)
    expect((await sending).map(summary)).toEqual(['ok', 'ok', 'ok'])
  })

  it('has no limit where the receiver says *', async () => {
    await using server = await receiver(
      consenting({ 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' }),
    )
    const clock = manualClock()
    const driver = httpDriver({ url: server.url, clock, handshake: { origin, ratePerMinute: 1 } })
    expect((await driver.send('t', [message('1'), message('2')])).map(summary)).toEqual(['ok', 'ok'])
  })

  it('is tried again after a failure of the network', async () => {
    await using server = await receiver(() => behaviours.hangUp)
    const driver = httpDriver({ url: server.url, handshake: { origin } })
    expect((await driver.send('t', [message('1')])).map(summary)).toEqual(['ERR_PUBLISH retry'])
    server.behave = consenting({ 'webhook-allowed-origin': '*' })
    expect((await driver.send('t', [message('1')])).map(summary)).toEqual(['ok'])
  })

  it('may name a callback, which no error shows, and asks again until permission is there', async () => {
    await using server = await receiver(consenting({}))
    const handshake = { origin, callback: 'https://me.example/confirm?key=canary' }
    const driver = httpDriver({ url: server.url, handshake })
    const [result] = await driver.send('t', [message('1')])
    expect(server.requests[0]?.headers['webhook-request-callback']).toBe(handshake.callback)
    expect(errorOf(result)).toContain('gave no permission, which it may give later by the callback: ')
    expect(errorOf(result)).not.toContain('canary')
    server.behave = consenting({ 'webhook-allowed-origin': '*' })
    expect((await driver.send('t', [message('1')])).map(summary)).toEqual(['ok'])
  })
})
